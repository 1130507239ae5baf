// audio_encoder_test.cpp: networks of other shapes are refused by name; one window goes in at a time.
#include "features/audio_encoder.hpp"

#include <gmock/gmock.h>

#include "features/fake_encoder.hpp"
#include "support/random.hpp"

namespace framegen {
namespace {

using ::testing::HasSubstr;

std::string refusal(NetworkInfo info) {
  const test::FakeNetwork network(std::move(info));
  const auto encoder = AudioEncoder::create(network);
  if (encoder) return "accepted";
  EXPECT_EQ(encoder.error().code, ErrorCode::kBadAvatar);
  return encoder.error().message();
}

TEST(AudioEncoder, GivesTheNetworkOneWindowAndTheCallerOneFeature) {
  const test::FakeNetwork network;
  auto encoder = test::fake_encoder(network);
  EXPECT_EQ(encoder.feature_size(), 512U);
  const auto window = test::random_floats(kMelWindowSize, -4, 4, 1);
  std::vector<float> feature(512), expected(512);
  ASSERT_TRUE(encoder.encode(window, feature).ok());
  test::fake_feature(window, expected);
  EXPECT_EQ(feature, expected);
}

TEST(AudioEncoder, AcceptsAFixedBatchOfOneAndTrailingOnes) {
  EXPECT_EQ(refusal({{{"mel", {1, 1, 80, 16}}}, {{"emb", {1, 512, 1, 1}}}}), "accepted");
}

TEST(AudioEncoder, RefusesOtherShapesAndSaysWhichAndWhatWasExpected) {
  EXPECT_THAT(refusal({{{"mel", {-1, 1, 80, 20}}}, {{"emb", {-1, 512}}}}),
              HasSubstr("its input 'mel' is [batch,1,80,20], expected one input [batch,1,80,16]"));
  EXPECT_THAT(refusal({{{"mel", {-1, 1, 80, 16}}}, {{"emb", {-1, 512, 2}}}}),
              HasSubstr("output 'emb' is [batch,512,2]"));
  EXPECT_THAT(refusal({{{"mel", {4, 1, 80, 16}}}, {{"emb", {4, 512}}}}), HasSubstr("is [4,1,80,16]"));
  EXPECT_THAT(refusal({{{"mel", {-1, 1, 80, 16}}}, {{"emb", {-1, -1}}}}), HasSubstr("is [batch,?]"));
  EXPECT_THAT(refusal({{{"a", {-1, 6, 320, 320}}, {"b", {-1, 32, 16, 16}}}, {{"o", {-1, 3, 320, 320}}}}),
              HasSubstr("has 2 inputs and 1 outputs"));
}

}  // namespace
}  // namespace framegen
