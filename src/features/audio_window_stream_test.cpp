// audio_window_stream_test.cpp: windows of features with zeros outside, as soon as their sound is there
// (docs/reference.md §3).
#include "features/audio_window_stream.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "features/fake_encoder.hpp"
#include "features/whole_file.hpp"
#include "support/cuts.hpp"
#include "support/random.hpp"

namespace framegen {
namespace {

using Window = std::vector<float>;

// docs/reference.md §3, word by word, from all features.
std::vector<Window> plain_windows(const Network& network, std::span<const float> samples) {
  const Tensor features = features_of(reader_of(samples), test::fake_encoder(network)).value();
  const auto count = static_cast<int>(features.shape[0]);
  std::vector<Window> windows;
  for (int i = 0; i < count; ++i) {
    Window window;
    for (int k = i - 8; k <= i + 7; ++k) {
      const bool inside = k >= 0 && k < count;
      for (int v = 0; v < 512; ++v)
        window.push_back(inside ? features.data[static_cast<std::size_t>(k * 512 + v)] : 0.0F);
    }
    windows.push_back(std::move(window));
  }
  return windows;
}

void append_ready(AudioWindowStream& stream, std::vector<Window>& windows) {
  Window window(stream.window_size());
  while (*stream.next(window)) windows.push_back(window);
}

std::vector<Window> windows_in_pieces(AudioWindowStream& stream, std::span<const float> samples,
                                      const test::Cut& cut) {
  std::vector<Window> windows;
  test::for_each_piece(samples, cut, [&](std::span<const float> piece) {
    while (!piece.empty()) {
      piece = piece.subspan(*stream.push(piece));
      append_ready(stream, windows);
    }
  });
  EXPECT_TRUE(stream.finish().ok());
  append_ready(stream, windows);
  return windows;
}

const test::Cut kWhole{"whole", [] { return std::size_t{1} << 40; }};

TEST(AudioWindowStream, EqualsThePlainReadingOfTheReferenceAtEveryLength) {
  const test::FakeNetwork network;
  AudioWindowStream stream(test::fake_encoder(network));
  EXPECT_EQ(stream.window_size(), 32U * 16 * 16);
  for (const std::size_t n : {0U, 800U, 3000U, 3840U, 5599U, 5600U, 6400U, 7200U, 16000U}) {
    SCOPED_TRACE(n);
    const auto samples = test::random_floats(n, -1, 1, n);
    stream.reset();
    EXPECT_FALSE(stream.frames().has_value());
    const auto windows = windows_in_pieces(stream, samples, kWhole);
    EXPECT_EQ(windows, plain_windows(network, samples));
    EXPECT_EQ(stream.frames(), static_cast<std::int64_t>(windows.size()));
    EXPECT_EQ(stream.padded(), n < 3000);
  }
}

TEST(AudioWindowStream, GivesTheSameBytesHoweverTheSamplesAreCut) {
  const test::FakeNetwork network;
  const auto samples = test::random_floats(14321, -1, 1, 2);
  const auto expected = plain_windows(network, samples);
  for (const auto& cut : test::cuts()) {
    SCOPED_TRACE(cut.name);
    AudioWindowStream stream(test::fake_encoder(network));
    EXPECT_EQ(windows_in_pieces(stream, samples, cut), expected);
  }
}

TEST(AudioWindowStream, GivesTheFirstWindowAt7200SamplesAndEachLaterOneAtMost452MillisecondsAhead) {
  const test::FakeNetwork network;
  AudioWindowStream stream(test::fake_encoder(network));
  const auto samples = test::random_floats(32000, -1, 1, 3);
  Window window(stream.window_size());
  std::int64_t frame = 0;
  for (std::int64_t heard = 1; heard <= std::ssize(samples); ++heard) {
    ASSERT_EQ(*stream.push(std::span(samples).subspan(static_cast<std::size_t>(heard) - 1, 1)), 1U);
    if (!*stream.next(window)) continue;
    EXPECT_TRUE(frame != 0 || heard == 7200) << heard;
    EXPECT_LE(heard - frame * 640, 7240) << "frame " << frame;  // 452.5 ms at 16 kHz
    ++frame;
  }
  EXPECT_EQ(frame, (32000 - 7200) / 640 + 1);
}

TEST(AudioWindowStream, LessLookAheadRepeatsTheLastFeatureSeenAndComesSooner) {
  const test::FakeNetwork network;
  const auto samples = test::random_floats(16000, -1, 1, 5);
  const auto whole = plain_windows(network, samples);
  for (const int ahead : {0, 3, 7}) {
    SCOPED_TRACE(ahead);
    AudioWindowStream stream(test::fake_encoder(network), {-8, 7, ahead});
    Window window(stream.window_size());
    const std::size_t size = stream.window_size() / 16;
    std::int64_t frame = 0;
    for (std::int64_t heard = 1; heard <= std::ssize(samples); ++heard) {
      ASSERT_EQ(*stream.push(std::span(samples).subspan(static_cast<std::size_t>(heard) - 1, 1)), 1U);
      while (*stream.next(window)) {
        Window expected = whole[static_cast<std::size_t>(frame)];
        for (std::size_t row = static_cast<std::size_t>(9 + ahead); row < 16; ++row)
          std::copy_n(expected.begin() + static_cast<std::ptrdiff_t>((8 + ahead) * size), size,
                      expected.begin() + static_cast<std::ptrdiff_t>(row * size));
        ASSERT_EQ(window, expected) << "frame " << frame;
        // 172.5 ms and 40 more for every feature; the first two frames share the first feature.
        EXPECT_LE(heard - frame * 640, frame == 0 && ahead == 0 ? 3400 : 2760 + 640 * ahead);
        ++frame;
      }
    }
    EXPECT_GT(frame, 12);
  }
}

TEST(AudioWindowStream, StartingLaterGivesTheSameWindowsAndRunsTheNetworkLess) {
  const auto samples = test::random_floats(16000, -1, 1, 4);
  const auto all = plain_windows(test::FakeNetwork(), samples);
  for (std::int64_t first = 0; first <= std::ssize(all) + 1; ++first) {
    SCOPED_TRACE(first);
    const test::FakeNetwork network;
    AudioWindowStream stream(test::fake_encoder(network), {}, first);
    const std::vector<Window> expected(all.begin() + std::min(first, std::ssize(all)), all.end());
    EXPECT_EQ(windows_in_pieces(stream, samples, kWhole), expected);
    EXPECT_EQ(stream.frames(), std::ssize(all));
    EXPECT_LE(network.runs(), std::ssize(expected) + 9);
  }
}

TEST(AudioWindowStream, OtherRangesFollowTheManifest) {
  const test::FakeNetwork network;
  const auto samples = test::random_floats(9000, -1, 1, 5);
  const auto wide = plain_windows(network, samples);
  AudioWindowStream stream(test::fake_encoder(network), {-1, 2});
  const auto narrow = windows_in_pieces(stream, samples, kWhole);
  ASSERT_EQ(narrow.size(), wide.size());
  for (std::size_t i = 0; i < wide.size(); ++i) {
    SCOPED_TRACE(i);
    EXPECT_EQ(narrow[i], Window(wide[i].begin() + 7 * 512, wide[i].begin() + 11 * 512));
  }
}

}  // namespace
}  // namespace framegen
