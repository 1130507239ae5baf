// feature_stream_test.cpp: which columns make which feature, repeated first and last, for every length
// (docs/reference.md §3).
#include "features/feature_stream.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "features/fake_encoder.hpp"
#include "features/whole_file.hpp"
#include "support/cuts.hpp"
#include "support/random.hpp"

namespace framegen {
namespace {

using Feature = std::vector<float>;

// docs/reference.md §3, word by word, from the whole mel.
std::vector<Feature> plain_features(std::vector<float> samples) {
  samples.resize(std::max<std::size_t>(samples.size(), 3000));
  const Tensor mel = mel_of(reader_of(samples)).value();
  const auto columns = static_cast<int>(mel.shape[1]);
  const int data_len = static_cast<int>((columns - 16) / 80.0 * 25.0) + 2;
  std::vector<Feature> features;
  for (int j = 0; j < data_len; ++j) {
    auto start = static_cast<int>(80.0 * (j / 25.0));
    if (start + 16 > columns) start = columns - 16;
    std::vector<float> window(80 * 16);
    for (int band = 0; band < 80; ++band)
      for (int t = 0; t < 16; ++t)
        window[static_cast<std::size_t>(band * 16 + t)] =
            mel.data[static_cast<std::size_t>(band * columns + start + t)];
    features.emplace_back(512);
    test::fake_feature(window, features.back());
  }
  features.insert(features.begin(), features.front());
  features.push_back(features.back());
  return features;
}

void append_ready(FeatureStream& stream, std::vector<Feature>& features) {
  Feature feature(stream.feature_size());
  while (*stream.next(feature)) features.push_back(feature);
}

std::vector<Feature> features_in_pieces(FeatureStream& stream, std::span<const float> samples,
                                        const test::Cut& cut) {
  std::vector<Feature> features;
  test::for_each_piece(samples, cut, [&](std::span<const float> piece) {
    while (!piece.empty()) {
      piece = piece.subspan(*stream.push(piece));
      append_ready(stream, features);
    }
  });
  EXPECT_TRUE(stream.finish().ok());
  append_ready(stream, features);
  return features;
}

// The mel windows themselves, each once, the last 16 columns at the end.
std::vector<Feature> plain_windows(const std::vector<float>& samples) {
  const Tensor mel = mel_of(reader_of(samples)).value();
  const auto columns = static_cast<int>(mel.shape[1]);
  std::vector<Feature> windows;
  for (bool last = false; !last;) {
    auto start = static_cast<int>(static_cast<double>(windows.size()) * (80.0 / 25));
    last = start + 16 > columns;
    if (last) start = columns - 16;
    Feature window;
    for (int band = 0; band < 80; ++band)
      for (int t = 0; t < 16; ++t)
        window.push_back(mel.data[static_cast<std::size_t>(band * columns + start + t)]);
    windows.push_back(window);
  }
  return windows;
}

const test::Cut kWhole{"whole", [] { return std::size_t{1} << 40; }};

TEST(FeatureStream, EveryLengthGivesTheReferencesNumberOfFeatures) {
  const test::FakeNetwork network;
  FeatureStream stream(test::fake_encoder(network));
  const auto samples = test::random_floats(20000, -1, 1, 1);
  for (std::size_t n = 0; n <= 20000; n += 97) {
    SCOPED_TRACE(n);
    stream.reset();
    const auto features = features_in_pieces(stream, std::span(samples).first(n), kWhole);
    EXPECT_EQ(stream.count(), static_cast<std::int64_t>(features.size()));
    EXPECT_EQ(features.size(), (std::max<std::size_t>(n, 3000) / 200 - 15) * 5 / 16 + 4);
    EXPECT_EQ(stream.padded(), n < 3000);
  }
}

TEST(FeatureStream, EqualsThePlainReadingOfTheReference) {
  const test::FakeNetwork network;
  for (const std::size_t n :
       {0U, 800U, 2999U, 3000U, 3200U, 3640U, 3840U, 4000U, 5600U, 6400U, 9999U, 16000U}) {
    SCOPED_TRACE(n);
    const auto samples = test::random_floats(n, -1, 1, n);
    FeatureStream stream(test::fake_encoder(network));
    EXPECT_EQ(features_in_pieces(stream, samples, kWhole), plain_features(samples));
  }
}

TEST(FeatureStream, GivesTheSameBytesHoweverTheSamplesAreCut) {
  const test::FakeNetwork network;
  const auto samples = test::random_floats(11111, -1, 1, 3);
  const auto expected = plain_features(samples);
  for (const auto& cut : test::cuts()) {
    SCOPED_TRACE(cut.name);
    FeatureStream stream(test::fake_encoder(network));
    EXPECT_EQ(features_in_pieces(stream, samples, cut), expected);
  }
}

TEST(FeatureStream, StartingLaterGivesTheSameFeaturesAndRunsTheNetworkLess) {
  const auto samples = test::random_floats(16000, -1, 1, 4);
  const auto all = plain_features(samples);
  for (std::int64_t first = 0; first <= std::ssize(all) + 2; ++first) {
    SCOPED_TRACE(first);
    const test::FakeNetwork network;
    FeatureStream stream(test::fake_encoder(network), first);
    const std::vector<Feature> expected(all.begin() + std::min(first, std::ssize(all)), all.end());
    EXPECT_EQ(features_in_pieces(stream, samples, kWhole), expected);
    EXPECT_LE(network.runs(), std::ssize(expected) + 1);
  }
}

TEST(FeatureStream, PassesTheEncodersErrorOn) {
  test::FakeNetwork network;
  network.fail_at = 1;
  const auto samples = test::random_floats(16000, -1, 1, 5);
  const auto features = features_of(reader_of(samples), test::fake_encoder(network));
  ASSERT_FALSE(features.ok());
  EXPECT_THAT(features.error().message(), ::testing::HasSubstr("fails as told"));
}

TEST(FeatureStream, WithoutAnEncoderGivesTheMelWindowsEachOnce) {
  for (const std::size_t length : {3000U, 3199U, 3200U, 9999U, 16000U, 40001U}) {
    SCOPED_TRACE(length);
    const auto samples = test::random_floats(length, -1.0F, 1.0F, length);
    const auto expected = plain_windows(samples);
    FeatureStream stream(AudioEncoder::direct());
    EXPECT_EQ(features_in_pieces(stream, samples, kWhole), expected);
    EXPECT_EQ(stream.count(), std::ssize(expected));
    for (const std::int64_t first : {1, 2, 5}) {
      FeatureStream later(AudioEncoder::direct(), first);
      const auto rest = features_in_pieces(later, samples, kWhole);
      const auto skipped = std::min<std::ptrdiff_t>(first, std::ssize(expected));
      EXPECT_EQ(rest, std::vector<Feature>(expected.begin() + skipped, expected.end())) << "from " << first;
    }
  }
}

}  // namespace
}  // namespace framegen
