// whole_file_test.cpp: what `dump` shows is what the streams give; errors of the reader come through.
#include "features/whole_file.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "features/fake_encoder.hpp"
#include "support/random.hpp"

namespace framegen {
namespace {

TEST(WholeFile, OneWindowIsRowsOfTheFeatures) {
  const test::FakeNetwork network;
  const auto samples = test::random_floats(16000, -1, 1, 1);
  const auto features = features_of(reader_of(samples), test::fake_encoder(network));
  const auto window = audio_window_of(reader_of(samples), test::fake_encoder(network), {}, 12);
  ASSERT_TRUE(features.ok() && window.ok());
  EXPECT_EQ(window->shape, (Shape{16, 512}));
  EXPECT_TRUE(std::equal(window->data.begin(), window->data.end(), features->data.begin() + 4 * 512));
}

TEST(WholeFile, AFrameBeyondTheEndIsNamedWithTheNumberOfFrames) {
  const test::FakeNetwork network;
  const auto samples = test::random_floats(6400, -1, 1, 1);
  const auto window = audio_window_of(reader_of(samples), test::fake_encoder(network), {}, 9);
  ASSERT_FALSE(window.ok());
  EXPECT_EQ(window.error().message(), "frame 9: this sound has 9 frames; frames count from 0");
  EXPECT_EQ(window.error().code, ErrorCode::kBadUse);
  EXPECT_FALSE(audio_window_of(reader_of(samples), test::fake_encoder(network), {}, -1).ok());
  EXPECT_TRUE(audio_window_of(reader_of(samples), test::fake_encoder(network), {}, 8).ok());
}

TEST(WholeFile, TheReadersErrorComesThrough) {
  const SampleReader broken = [](std::span<float>) -> Result<std::size_t> {
    return Error{ErrorCode::kBadInput, "a.wav", "is broken", {}};
  };
  const auto mel = mel_of(broken);
  ASSERT_FALSE(mel.ok());
  EXPECT_EQ(mel.error().message(), "a.wav: is broken");
}

}  // namespace
}  // namespace framegen
