// whole_frame_test.cpp: planes of whole pictures are BT.709's, padded to even.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/image.hpp"
#include "kernels/pixels/bgr_to_i420.hpp"
#include "support/random.hpp"

namespace framegen {
namespace {

Image random_image(int width, int height, std::uint64_t seed) {
  Image image(width, height);
  const auto bytes = test::random_bytes(image.bytes(), seed);
  std::copy(bytes.begin(), bytes.end(), image.data());
  return image;
}

std::array<int, 3> planes_of(std::uint8_t b, std::uint8_t g, std::uint8_t r) {
  Image image(2, 2);
  for (std::size_t i = 0; i < 12; i += 3) {
    image.data()[i] = b;
    image.data()[i + 1] = g;
    image.data()[i + 2] = r;
  }
  I420Image out(2, 2);
  bgr_to_i420(image, out.view());
  const I420View v = std::as_const(out).view();
  return {v.planes[0][3], v.planes[1][0], v.planes[2][0]};
}

std::vector<std::uint8_t> bytes_of(const I420Image& image) {
  const std::uint8_t* const first = image.view().planes[0];
  return {first, first + image.bytes()};
}

TEST(I420, KnowsTheColoursOfTheBt709Bars) {  // ITU-R BT.709 100 % bars, 8 bits
  EXPECT_EQ(planes_of(255, 255, 255), (std::array{235, 128, 128}));
  EXPECT_EQ(planes_of(0, 0, 0), (std::array{16, 128, 128}));
  EXPECT_EQ(planes_of(0, 0, 255), (std::array{63, 102, 240}));
  EXPECT_EQ(planes_of(0, 255, 0), (std::array{173, 42, 26}));
  EXPECT_EQ(planes_of(255, 0, 0), (std::array{32, 240, 118}));
}

TEST(I420, IsTheExactFormulaRounded) {
  const Image image = random_image(64, 32, 1);
  I420Image out(64, 32);
  bgr_to_i420(image, out.view());
  const I420View v = std::as_const(out).view();
  for (int y = 0; y < 32; ++y)
    for (int x = 0; x < 64; ++x) {
      const std::uint8_t* p = image.view().row(y) + 3 * x;
      const double exact = 16 + 219.0 / 255 * (0.2126 * p[2] + 0.7152 * p[1] + 0.0722 * p[0]);
      ASSERT_LE(std::abs(v.planes[0][y * v.strides[0] + x] - exact), 0.51) << x << "," << y;
    }
}

TEST(I420, OddSizesRepeatTheLastColumnAndRow) {
  const Image image = random_image(5, 3, 2);
  Image padded(6, 4);
  for (int y = 0; y < 4; ++y)
    for (int x = 0; x < 6; ++x)
      std::copy_n(image.view().row(std::min(y, 2)) + 3 * std::min(x, 4), 3, padded.view().row(y) + 3 * x);
  I420Image a(5, 3), b(6, 4);
  bgr_to_i420(image, a.view());
  bgr_to_i420(padded, b.view());
  EXPECT_EQ(bytes_of(a), bytes_of(b));
}

}  // namespace
}  // namespace framegen
