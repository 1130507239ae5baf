// random.hpp: repeatable numbers for tests, the same on every machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace framegen::test {

// Uniform in [low, high).
std::vector<float> random_floats(std::size_t n, float low, float high, std::uint64_t seed);
std::vector<std::uint8_t> random_bytes(std::size_t n, std::uint64_t seed);

}  // namespace framegen::test
