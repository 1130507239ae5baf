// golden.cpp: golden arrays and how a mismatch is told.
#include "support/golden.hpp"

#include <algorithm>
#include <cmath>

namespace framegen::test {

std::filesystem::path golden(const std::string& name) { return std::filesystem::path("tests/golden") / name; }

NpyArray golden_array(const std::string& name) {
  auto array = read_npy(golden(name));
  if (array) return *std::move(array);
  ADD_FAILURE() << array.error().message();
  return {};
}

std::vector<float> golden_floats(const std::string& name) {
  auto values = npy_values<float>(golden_array(name));
  if (values) return *std::move(values);
  ADD_FAILURE() << name << ": " << values.error().message();
  return {};
}

::testing::AssertionResult near(std::span<const float> actual, std::span<const float> expected,
                                float tolerance) {
  if (actual.size() != expected.size())
    return ::testing::AssertionFailure() << actual.size() << " values, expected " << expected.size();
  std::size_t first = actual.size(), bad = 0;
  float largest = 0;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const float difference = std::abs(actual[i] - expected[i]);
    if (!(difference <= tolerance)) {  // a NaN is a difference too
      first = std::min(first, i);
      ++bad;
    }
    largest = std::max(largest, difference);
  }
  if (bad == 0) return ::testing::AssertionSuccess() << "largest difference " << largest;
  return ::testing::AssertionFailure()
         << bad << " of " << actual.size() << " values differ by more than " << tolerance << "; first at "
         << first << ": " << actual[first] << ", expected " << expected[first] << "; largest difference "
         << largest;
}

}  // namespace framegen::test
