#include "kernels/pixels/bgr_to_i420.hpp"

#include <gtest/gtest.h>
#include <hwy/tests/hwy_gtest.h>

#include <cmath>

#include "support/guarded.hpp"
#include "support/random.hpp"

namespace framegen {
namespace {

class BgrToI420 : public hwy::TestWithParamTarget {};
HWY_TARGET_INSTANTIATE_TEST_SUITE_P(BgrToI420);

struct Frame {
  // Planes with gaps between the rows; all bytes start as canaries.
  Frame(int width, int height)
      : w(width),
        h(height),
        y(static_cast<std::size_t>(h * (w + 3) - 3), 1),
        cb(static_cast<std::size_t>(chroma(h) * (chroma(w) + 5) - 5), 1),
        cr(static_cast<std::size_t>(chroma(h) * (chroma(w) + 5) - 5), 1) {}
  static int chroma(int n) { return (n + 1) / 2; }
  MutableI420View planes() {
    return {{y.data(), cb.data(), cr.data()}, {w + 3, chroma(w) + 5, chroma(w) + 5}, w, h};
  }
  bool operator==(const Frame& other) const { return y == other.y && cb == other.cb && cr == other.cr; }
  int w, h;
  test::Guarded<std::uint8_t> y, cb, cr;
};

struct Picture {
  Picture(int width, int height, std::uint64_t seed)
      : pixels(test::random_bytes(static_cast<std::size_t>(3 * width * height), seed)),
        view{pixels.data(), width, height, std::ptrdiff_t{3} * width} {}
  std::vector<std::uint8_t> pixels;
  ImageView view;
};

TEST_P(BgrToI420, EqualsTheReferenceAtEverySize) {
  for (int width = 1; width <= 530; width += width < 140 ? 1 : 43)
    for (const int height : {1, 2, 3}) {
      SCOPED_TRACE(testing::Message() << width << "x" << height);
      const Picture picture(width, height, static_cast<std::uint64_t>(width));
      for (const int padded : {0, 1}) {  // the picture's own size, or rounded up to even
        Frame expected(width + padded * (width % 2), height + padded * (height % 2));
        Frame actual(expected.w, expected.h);
        reference::bgr_to_i420(picture.view, 0, 0, expected.planes());
        bgr_to_i420(picture.view, 0, 0, actual.planes());
        EXPECT_TRUE(actual == expected);
      }
    }
}

TEST_P(BgrToI420, UpdatesOnlyTheGivenPart) {
  const int width = 101, height = 75;
  const Picture before(width, height, 1), after(width, height, 2);
  struct Case {
    int x, y, right, bottom;
  };
  for (const Case& c : {Case{0, 0, 20, 20}, Case{40, 30, 90, 62}, Case{40, 30, 101, 75},
                        Case{100, 74, 101, 75}, Case{0, 0, 101, 75}}) {
    SCOPED_TRACE(c.right);
    Picture mixed = before;
    mixed.view.data = mixed.pixels.data();
    for (int y = c.y; y < c.bottom; ++y)
      for (int i = 3 * c.x; i < 3 * c.right; ++i)
        mixed.pixels[static_cast<std::size_t>(y * 3 * width + i)] = after.view.row(y)[i];
    for (const int padded : {0, 1}) {
      Frame expected(width + padded, height + padded), actual(width + padded, height + padded);
      bgr_to_i420(mixed.view, 0, 0, expected.planes());
      bgr_to_i420(before.view, 0, 0, actual.planes());
      bgr_to_i420(after.view.crop(c.x, c.y, c.right - c.x, c.bottom - c.y), c.x, c.y, actual.planes());
      EXPECT_TRUE(actual == expected);
    }
  }
}

// Against BT.709 in doubles: no sample off by more than 1, and grey has no colour.
TEST_P(BgrToI420, IsBt709InLimitedRange) {
  for (int i = 0; i < 27; ++i) {
    const int b = i % 3 * 255 / 2, g = i / 3 % 3 * 255 / 2, r = i / 9 * 255 / 2;
    SCOPED_TRACE(testing::Message() << r << " " << g << " " << b);
    std::vector<std::uint8_t> pixels;
    for (int k = 0; k < 4; ++k)
      for (const int v : {b, g, r}) pixels.push_back(static_cast<std::uint8_t>(v));
    Frame frame(2, 2);
    bgr_to_i420({pixels.data(), 2, 2, 6}, 0, 0, frame.planes());
    const double luma = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    EXPECT_NEAR(frame.y[0], 16 + luma * 219 / 255, 0.51);
    EXPECT_NEAR(frame.cb[0], 128 + (b - luma) / 1.8556 * 224 / 255, 0.51);
    EXPECT_NEAR(frame.cr[0], 128 + (r - luma) / 1.5748 * 224 / 255, 0.51);
    if (b == g && g == r) {
      EXPECT_EQ(frame.cb[0], 128);
      EXPECT_EQ(frame.cr[0], 128);
    }
  }
}

}  // namespace
}  // namespace framegen
