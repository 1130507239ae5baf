#include "kernels/pixels/face_to_u8.hpp"

#include <gtest/gtest.h>
#include <hwy/tests/hwy_gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "support/guarded.hpp"
#include "support/random.hpp"

namespace framegen {
namespace {

class FaceToU8 : public hwy::TestWithParamTarget {};
HWY_TARGET_INSTANTIATE_TEST_SUITE_P(FaceToU8);

TEST_P(FaceToU8, EqualsTheReferenceAtEveryWidth) {
  for (int width = 1; width <= 270; width += width < 140 ? 1 : 13) {
    SCOPED_TRACE(width);
    const std::ptrdiff_t stride = std::ptrdiff_t{3} * width + 5;
    const auto face = test::random_floats(static_cast<std::size_t>(width) * 2 * 3, -0.1f, 1.1f,
                                          static_cast<std::uint64_t>(width));
    const auto n = static_cast<std::size_t>(stride + 3 * width);
    test::Guarded<std::uint8_t> expected(n, 1), actual(n, 1);  // the gap between the rows is a canary too
    reference::face_to_u8(face.data(), {expected.data(), width, 2, stride});
    face_to_u8(face.data(), {actual.data(), width, 2, stride});
    EXPECT_EQ(actual, expected);
  }
}

TEST_P(FaceToU8, TruncatesAndNeverRounds) {
  std::vector<float> face;
  for (int i = 0; i < 256; ++i) face.push_back((static_cast<float>(i) + 0.9f) / 255.0f);
  face.resize(3 * 256, 0.5f);
  std::vector<std::uint8_t> out(3 * 256);
  face_to_u8(face.data(), {out.data(), 256, 1, 768});
  for (std::size_t i = 0; i < 256; ++i) EXPECT_EQ(out[3 * i], i);
  EXPECT_EQ(out[1], 127);  // 0.5 · 255 = 127.5
}

TEST_P(FaceToU8, MakesPixelsOfAnyFloat) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::array<std::pair<float, int>, 9> cases{{{std::nanf(""), 0},
                                                    {-std::nanf(""), 0},
                                                    {kInfinity, 255},
                                                    {-kInfinity, 0},
                                                    {1e30f, 255},
                                                    {-1e30f, 0},
                                                    {-0.0f, 0},
                                                    {1.0f, 255},
                                                    {std::numeric_limits<float>::denorm_min(), 0}}};
  for (const auto& [value, pixel] : cases) {
    SCOPED_TRACE(value);
    const std::vector<float> face(3 * 67, value);
    std::vector<std::uint8_t> out(3 * 67);
    face_to_u8(face.data(), {out.data(), 67, 1, 201});
    EXPECT_EQ(out, std::vector<std::uint8_t>(3 * 67, static_cast<std::uint8_t>(pixel)));
  }
}

}  // namespace
}  // namespace framegen
