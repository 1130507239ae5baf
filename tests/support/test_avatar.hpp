// test_avatar.hpp: the golden data set as an avatar with seeded half-width networks, for the pipeline's
// tests.
#pragma once

#include <filesystem>
#include <vector>

#include "framegen/framegen.hpp"

namespace framegen::test {

// Writes it, over one that is there.
Status make_golden_avatar(const std::filesystem::path& folder);
// One for this test program, a copy of what CTest's fixture made where there is one.
const std::filesystem::path& golden_avatar();
// An engine of two threads that writes no cache.
Engine quiet_engine();
// The golden speech as 16 kHz samples.
std::vector<float> golden_speech();

}  // namespace framegen::test
