#include "kernels/pixels/image_to_tensor.hpp"

#include <gtest/gtest.h>
#include <hwy/tests/hwy_gtest.h>

#include "core/npy.hpp"
#include "support/golden.hpp"
#include "support/guarded.hpp"
#include "support/random.hpp"

namespace framegen {
namespace {

class ImageToTensor : public hwy::TestWithParamTarget {};
HWY_TARGET_INSTANTIATE_TEST_SUITE_P(ImageToTensor);

void expect_equal(int width, int height, const Rectangle& mask, bool masked_first) {
  const std::size_t stride = static_cast<std::size_t>(width) * 3 + 7;  // rows of a bigger picture, unaligned
  const std::size_t bytes = stride * static_cast<std::size_t>(height) - 7;
  const auto pixels = test::random_bytes(bytes, static_cast<std::uint64_t>(width));
  const ImageView view{pixels.data(), width, height, static_cast<std::ptrdiff_t>(stride)};
  const std::size_t n = static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 6;
  test::Guarded<float> expected(n, 1), actual(n, 1);
  reference::image_to_tensor(view, mask, masked_first, expected.data());
  image_to_tensor(view, mask, masked_first, actual.data());
  EXPECT_EQ(actual, expected);
}

TEST_P(ImageToTensor, EqualsTheReferenceAtEveryWidth) {
  for (int width = 1; width <= 140; ++width) {
    SCOPED_TRACE(width);
    expect_equal(width, 3, {width / 3, 1, width / 2, 1}, width % 2 == 0);
  }
  for (const int width : {255, 256, 257, 320, 511, 513}) {
    SCOPED_TRACE(width);
    expect_equal(width, 2, {5, 0, width - 10, 1}, false);
  }
}

TEST_P(ImageToTensor, CutsAMaskThatReachesOverThePicture) {
  for (const Rectangle mask : {Rectangle{-4, -4, 9, 9}, Rectangle{30, 3, 90, 90}, Rectangle{40, 0, 5, 5},
                               Rectangle{0, 0, 40, 6}, Rectangle{3, 3, 0, 2}, Rectangle{-9, 0, 5, 5}})
    expect_equal(40, 6, mask, false);
}

TEST_P(ImageToTensor, DividesTruly) {
  std::vector<std::uint8_t> pixels(256 * 3);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i / 3);
  std::vector<float> tensor(256 * 6);
  image_to_tensor({pixels.data(), 256, 1, 768}, {}, false, tensor.data());
  for (std::size_t i = 0; i < 256; ++i) {
    SCOPED_TRACE(i);
    EXPECT_EQ(tensor[i],
              static_cast<float>(i) / 255.0f);  // a product with 1/255 is off in the last bit for 126 of them
  }
}

// The generator's input of the reference, from its own crop (golden/net), made of the real half alone.
TEST_P(ImageToTensor, GivesTheReferencesInput) {
  const auto golden = npy_values<std::uint8_t>(test::golden_array("net/input_u8.npy"));
  ASSERT_TRUE(golden) << golden.error().message();
  constexpr std::size_t kPlane = 320 * 320;
  ASSERT_EQ(golden->size(), 6 * kPlane);
  std::vector<std::uint8_t> pixels(3 * kPlane);
  for (std::size_t i = 0; i < kPlane; ++i)
    for (std::size_t c = 0; c < 3; ++c) pixels[3 * i + c] = (*golden)[c * kPlane + i];
  std::vector<float> tensor(6 * kPlane);
  image_to_tensor({pixels.data(), 320, 320, 960}, {5, 5, 310, 305}, false, tensor.data());
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < tensor.size(); ++i)
    wrong += tensor[i] != static_cast<float>((*golden)[i]) / 255.0f ? 1 : 0;
  EXPECT_EQ(wrong, 0U);
}

}  // namespace
}  // namespace framegen
