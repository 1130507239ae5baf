// mel_basis_test.cpp: the filter bank and the window are the reference's (docs/reference.md §2).
#include "features/mel_basis.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "support/golden.hpp"

namespace framegen {
namespace {

TEST(MelBasis, IsTheGoldenFilterBank) {
  // The weights are at most 0.03; a float32 ulp there is 1.9e-9, and another libm may round a logarithm
  // differently.
  EXPECT_TRUE(test::near(mel_basis(), test::golden_floats("mel/mel_basis_f32.npy"), 4e-9F));
}

TEST(HannWindow, IsTheGoldenPeriodicWindow) {
  const auto golden = npy_values<double>(test::golden_array("mel/hann800_periodic_f64.npy"));
  ASSERT_TRUE(golden.ok());
  const auto window = hann_window();
  ASSERT_EQ(window.size(), golden->size());
  for (std::size_t i = 0; i < window.size(); ++i) {
    SCOPED_TRACE(i);
    ASSERT_NEAR(window[i], (*golden)[i], 1e-15);
  }
}

}  // namespace
}  // namespace framegen
