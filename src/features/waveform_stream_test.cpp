#include "features/waveform_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "features/whole_file.hpp"
#include "support/random.hpp"

namespace framegen {
namespace {

using ::testing::HasSubstr;
using Feature = std::vector<float>;

constexpr std::size_t kWidth = 3;

// Vector t: three weighted sums over its 400 samples.
void fake_vectors(std::span<const float> samples, std::size_t count, float* out) {
  for (std::size_t t = 0; t < count; ++t)
    for (std::size_t c = 0; c < kWidth; ++c) {
      float sum = 0;
      for (std::size_t i = 0; i < 400; i += 37)
        sum += samples[320 * t + i] * static_cast<float>(1 + (i + c) % 5);
      *out++ = sum;
    }
}

class FakeHubert : public Network {
 public:
  explicit FakeHubert(Shape in = {1, -1}, Shape out = {1, -1, kWidth})
      : info_{{{"waveform", std::move(in)}}, {{"hidden", std::move(out)}}} {}
  const NetworkInfo& info() const override { return info_; }
  Result<std::unique_ptr<NetworkRunner>> make_runner() const override {
    return std::unique_ptr<NetworkRunner>(std::make_unique<Runner>());
  }

 private:
  struct Runner : NetworkRunner {
    Status run(std::span<const TensorView> inputs, std::span<const MutableTensorView> outputs) override {
      EXPECT_EQ(inputs[0].shape[1], static_cast<std::int64_t>(inputs[0].data.size()));
      EXPECT_LE(inputs[0].data.size(), 320080U);
      fake_vectors(inputs[0].data, static_cast<std::size_t>(outputs[0].shape[1]), outputs[0].data.data());
      return {};
    }
  };
  NetworkInfo info_;
};

// The published loop over pieces of 20 s, word by word, each piece brought to mean 0 and variance 1.
std::vector<Feature> plain_features(std::vector<float> samples) {
  if (samples.size() < 3000) samples.resize(3000);
  std::vector<float> vectors;
  for (std::size_t at = 0; at < samples.size(); at += 320000) {
    const std::size_t size = std::min<std::size_t>(samples.size() - at, 320080);
    if (size < 400) break;
    double mean = 0, variance = 0;
    for (std::size_t i = 0; i < size; ++i) mean += samples[at + i] / static_cast<double>(size);
    for (std::size_t i = 0; i < size; ++i)
      variance += std::pow(samples[at + i] - mean, 2) / static_cast<double>(size);
    std::vector<float> piece;
    for (std::size_t i = 0; i < size; ++i)
      piece.push_back(static_cast<float>((samples[at + i] - mean) / std::sqrt(variance + 1e-7)));
    const std::size_t count = (size - 400) / 320 + 1;
    vectors.resize(vectors.size() + count * kWidth);
    fake_vectors(piece, count, vectors.data() + vectors.size() - count * kWidth);
  }
  vectors.resize((samples.size() - 80) / 320 * kWidth);
  std::vector<Feature> features;
  for (std::size_t i = 0; (i + 1) * 2 * kWidth <= vectors.size(); ++i)
    features.emplace_back(vectors.begin() + static_cast<std::ptrdiff_t>(i * 2 * kWidth),
                          vectors.begin() + static_cast<std::ptrdiff_t>((i + 1) * 2 * kWidth));
  return features;
}

std::vector<Feature> in_pieces(WaveformStream& stream, std::span<const float> samples,
                               std::size_t piece_size) {
  std::vector<Feature> features;
  Feature feature(stream.feature_size());
  const auto drain = [&] {
    while (*stream.next(feature)) features.push_back(feature);
  };
  while (!samples.empty()) {
    auto piece = samples.first(std::min(piece_size, samples.size()));
    samples = samples.subspan(piece.size());
    while (!piece.empty()) {
      piece = piece.subspan(*stream.push(piece));
      drain();
    }
  }
  EXPECT_TRUE(stream.finish());
  drain();
  return features;
}

void expect_near(const std::vector<Feature>& actual, const std::vector<Feature>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i)
    for (std::size_t k = 0; k < actual[i].size(); ++k)
      ASSERT_NEAR(actual[i][k], expected[i][k], 2e-3) << i << ' ' << k;
}

TEST(WaveformStream, GivesThePublishedPiecesFeatures) {
  const FakeHubert network;
  for (const std::size_t length :
       {3000U, 16000U, 16079U, 320079U, 320080U, 320200U, 320400U, 400001U, 640160U, 641000U}) {
    SCOPED_TRACE(length);
    const auto samples = test::random_floats(length, -0.5F, 0.9F, length);
    auto stream = *WaveformStream::create(network);
    expect_near(in_pieces(*stream, samples, 1U << 20), plain_features(samples));
  }
}

TEST(WaveformStream, HoweverTheSoundIsCutTheFeaturesAreTheSame) {
  const FakeHubert network;
  const auto samples = test::random_floats(350000, -0.5F, 0.5F, 3);
  auto stream = *WaveformStream::create(network);
  const auto whole = in_pieces(*stream, samples, samples.size());
  stream->reset();
  EXPECT_EQ(in_pieces(*stream, samples, 641), whole);
  EXPECT_EQ(stream->count(), std::ssize(whole));
  EXPECT_FALSE(stream->padded());
}

TEST(WaveformStream, BeginsWhereItIsAskedTo) {
  const FakeHubert network;
  const auto samples = test::random_floats(350000, -0.5F, 0.5F, 3);
  const auto whole = in_pieces(**WaveformStream::create(network), samples, 5000);
  for (const std::int64_t first : {std::int64_t{1}, std::int64_t{499}, std::int64_t{520}, std::ssize(whole)})
    EXPECT_EQ(in_pieces(**WaveformStream::create(network, first), samples, 5000),
              std::vector<Feature>(whole.begin() + first, whole.end()));
}

TEST(WaveformStream, ShortSoundIsFilledWithSilence) {
  const FakeHubert network;
  for (const std::size_t length : {0U, 1U, 399U, 2999U}) {
    SCOPED_TRACE(length);
    const auto samples = test::random_floats(length, -0.5F, 0.5F, 5);
    auto stream = *WaveformStream::create(network);
    expect_near(in_pieces(*stream, samples, 100), plain_features(samples));
    EXPECT_TRUE(stream->padded());
    EXPECT_EQ(stream->count(), 4);
  }
}

TEST(WaveformStream, OtherNetworksAreRefused) {
  for (const auto& [network, words] :
       {std::pair{FakeHubert({1, 1, 80, 16}), "its input is [1,1,80,16], expected one input [1,S]"},
        std::pair{FakeHubert({1, 16000}), "its input is [1,16000]"},
        std::pair{FakeHubert({1, -1}, {1, 512}), "its output is [1,512]"},
        std::pair{FakeHubert({1, -1}, {1, -1, 1 << 20}), "its output is [1,?,1048576]"}}) {
    const auto stream = WaveformStream::create(network);
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().code, ErrorCode::kBadAvatar);
    EXPECT_THAT(stream.error().message(), HasSubstr(words));
  }
}

}  // namespace
}  // namespace framegen
