// golden.hpp: the reference's own numbers (tests/golden), and comparison that says where and by how much.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/npy.hpp"

namespace framegen::test {

// tests/golden/<name>. Tests run with the source folder as working folder.
std::filesystem::path golden(const std::string& name);
// The array tests/golden/<name>, failing the test where it is missing.
NpyArray golden_array(const std::string& name);
std::vector<float> golden_floats(const std::string& name);

// Success where all |actual − expected| ≤ tolerance; else names the first bad index, both values and the
// largest difference.
::testing::AssertionResult near(std::span<const float> actual, std::span<const float> expected,
                                float tolerance);

}  // namespace framegen::test
