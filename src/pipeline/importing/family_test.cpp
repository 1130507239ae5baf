#include "pipeline/importing/family.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace framegen {
namespace {

using ::testing::HasSubstr;

NetworkInfo generator(std::int64_t size, const Shape& audio) {
  return {{{"picture", {1, 6, size, size}}, {"sound", audio}}, {{"face", {1, 3, size, size}}}};
}

void expect_refusal(const NetworkInfo& network, const std::string& words) {
  const auto manifest = family_of(network, "g.onnx");
  ASSERT_FALSE(manifest);
  EXPECT_EQ(manifest.error().code, ErrorCode::kBadAvatar);
  EXPECT_THAT(manifest.error().message(), HasSubstr(words));
}

TEST(Family, TheReferenceIsTheDefault) {
  const auto manifest = family_of(generator(320, {-1, 32, 16, 16}), "g.onnx");
  ASSERT_TRUE(manifest);
  EXPECT_EQ(manifest->image, ImageSpec{});
  EXPECT_EQ(manifest->audio, AudioSpec{});
  EXPECT_EQ(manifest->tensors.image, "picture");
  EXPECT_EQ(manifest->tensors.audio, "sound");
  EXPECT_EQ(manifest->tensors.output, "face");
}

TEST(Family, TheSmallSynctalkIsLinear) {
  const auto manifest = family_of(generator(160, {1, 32, 16, 16}), "g.onnx");
  ASSERT_TRUE(manifest);
  EXPECT_EQ(manifest->image.crop, 168);
  EXPECT_EQ(manifest->image.inset, 4);
  EXPECT_EQ(manifest->image.mask, (Rectangle{5, 5, 150, 145}));
  EXPECT_EQ(manifest->image.resize, Interpolation::kLinear);
  EXPECT_EQ(manifest->image.paste, Interpolation::kLinear);
  EXPECT_EQ(manifest->audio, AudioSpec{});
}

TEST(Family, Wav2LipSeesTheMaskedPictureFirstAndTheMelItself) {
  for (const std::int64_t size : {96, 256, 384}) {
    NetworkInfo network = generator(size, {-1, 1, 80, 16});
    std::swap(network.inputs[0], network.inputs[1]);  // as it is exported
    const auto manifest = family_of(network, "g.onnx");
    ASSERT_TRUE(manifest) << manifest.error().message();
    const int s = static_cast<int>(size);
    EXPECT_EQ(manifest->image.size, s);
    EXPECT_EQ(manifest->image.crop, s);
    EXPECT_EQ(manifest->image.mask, (Rectangle{0, s / 2, s, s / 2}));
    EXPECT_EQ(manifest->image.order, ImageOrder::kMaskedReal);
    EXPECT_TRUE(manifest->audio.is_direct());
    EXPECT_EQ(manifest->tensors.image, "picture");
    EXPECT_EQ(manifest->first_index, 0);
  }
}

TEST(Family, HubertsTakeFeaturesOfTwoVectorsAFrame) {
  for (const std::int64_t size : {320, 160}) {
    const auto manifest = family_of(generator(size, {1, 32, 32, 32}), "g.onnx");
    ASSERT_TRUE(manifest);
    EXPECT_EQ(manifest->audio.features, kHubertFeatures);
    EXPECT_EQ(manifest->audio.first, -8);
    EXPECT_EQ(manifest->image, family_of(generator(size, {1, 32, 16, 16}), "g.onnx")->image);
  }
  const auto small = family_of(generator(160, {1, 16, 32, 32}), "g.onnx");
  ASSERT_TRUE(small);
  EXPECT_EQ(small->audio.first, -4);
  EXPECT_EQ(small->audio.last, 3);
  EXPECT_EQ(small->image.resize, Interpolation::kArea);
  EXPECT_EQ(small->image.paste, Interpolation::kLinear);
}

TEST(Family, WenetsAreNamed) { expect_refusal(generator(160, {1, 128, 16, 32}), "takes wenet's features"); }

TEST(Family, OtherNetworksAreShownWithTheirTensors) {
  expect_refusal(
      generator(320, {1, 7, 7, 7}),
      "is of no family that is known here: it takes 'picture' [1,6,320,320] and 'sound' [1,7,7,7], gives "
      "'face' [1,3,320,320]");
  expect_refusal(generator(200, {1, 32, 16, 16}), "is of no family that is known here");
  expect_refusal({{{"mel", {-1, 1, 80, 16}}}, {{"emb", {-1, 512}}}},
                 "is no generator: it takes 'mel' [batch,1,80,16]");
  NetworkInfo other = generator(96, {1, 1, 80, 16});
  other.outputs[0].shape = {1, 3, 48, 48};
  expect_refusal(other, "is no generator");
  other = generator(96, {});
  expect_refusal(other, "is no generator");
}

}  // namespace
}  // namespace framegen
