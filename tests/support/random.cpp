// random.cpp: std::mt19937_64 is specified to the bit; the distributions of <random> are not, so we scale
// ourselves.
#include "support/random.hpp"

#include <random>

namespace framegen::test {

std::vector<float> random_floats(std::size_t n, float low, float high, std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::vector<float> values(n);
  for (float& v : values)
    v = low + (high - low) * static_cast<float>(static_cast<double>(engine() >> 40) / 16777216.0);
  return values;
}

std::vector<std::uint8_t> random_bytes(std::size_t n, std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::vector<std::uint8_t> values(n);
  for (std::uint8_t& v : values) v = static_cast<std::uint8_t>(engine() >> 56);
  return values;
}

}  // namespace framegen::test
