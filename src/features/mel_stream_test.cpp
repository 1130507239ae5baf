// mel_stream_test.cpp: mel columns are the reference's, however the samples are cut (docs/reference.md §2).
#include "features/mel_stream.hpp"

#include <gtest/gtest.h>

#include "features/mel_windows.hpp"
#include "features/whole_file.hpp"
#include "support/cuts.hpp"
#include "support/golden.hpp"
#include "support/random.hpp"
#include "support/wav.hpp"

namespace framegen {
namespace {

void append_ready(MelStream& stream, std::vector<MelColumn>& columns) {
  for (MelColumn column; stream.next(column);) columns.push_back(column);
}

std::vector<MelColumn> mel_in_pieces(std::span<const float> samples, const test::Cut& cut,
                                     std::int64_t first_column = 0) {
  MelStream stream(first_column);
  std::vector<MelColumn> columns;
  test::for_each_piece(samples, cut, [&](std::span<const float> piece) {
    while (!piece.empty()) {
      piece = piece.subspan(stream.push(piece));
      append_ready(stream, columns);
    }
  });
  stream.finish();
  append_ready(stream, columns);
  return columns;
}

void expect_golden_mel(std::span<const float> samples, const std::string& name) {
  const auto golden = test::golden_array("mel/" + name + "_mel.npy");
  const auto mel = mel_of(reader_of(samples));
  ASSERT_TRUE(mel.ok());
  EXPECT_EQ(mel->shape, golden.shape);
  EXPECT_TRUE(test::near(mel->data.span(), *npy_values<float>(golden), 1e-4F));
}

TEST(MelStream, EqualsTheGoldenMelOfSweepAndNoise) {
  expect_golden_mel(test::read_wav16(test::golden("audio/sweep_noise_16k.wav")), "sweep_noise_16k");
}
TEST(MelStream, EqualsTheGoldenMelOfSpeech) {
  expect_golden_mel(test::golden_floats("mel/espeak_22050_wav16k.npy"), "espeak_22050");
}
TEST(MelStream, EqualsTheGoldenMelOfAShortSound) {
  expect_golden_mel(test::read_wav16(test::golden("audio/short.wav")), "short");
}

TEST(MelStream, GivesTheSameBytesHoweverTheSamplesAreCut) {
  const auto samples = test::random_floats(12345, -1, 1, 7);
  const auto whole = mel_in_pieces(samples, {"whole", [&] { return samples.size(); }});
  ASSERT_EQ(whole.size(), static_cast<std::size_t>(mel_column_count(12345)));
  for (const auto& cut : test::cuts()) {
    SCOPED_TRACE(cut.name);
    EXPECT_EQ(mel_in_pieces(samples, cut), whole);
  }
}

TEST(MelStream, GivesAColumnAsSoonAsItsLastSampleIsThere) {
  const auto samples = test::random_floats(1000, -1, 1, 8);
  MelStream stream;
  MelColumn column;
  EXPECT_EQ(stream.push(std::span(samples).first(399)), 399U);
  EXPECT_FALSE(stream.next(column));
  EXPECT_EQ(stream.push(std::span(samples).subspan(399)), 1U);  // and takes no more while a column waits
  EXPECT_EQ(stream.push(std::span(samples).subspan(400)), 0U);
  EXPECT_TRUE(stream.next(column));
  EXPECT_EQ(stream.push(std::span(samples).subspan(400)), 200U);
}

TEST(MelStream, EveryLengthGivesOneColumnPerHopAndOneMore) {
  for (const std::size_t n : {0U, 1U, 199U, 200U, 201U, 399U, 400U, 401U, 799U, 800U, 3000U}) {
    SCOPED_TRACE(n);
    const auto samples = test::random_floats(n, -1, 1, n);
    EXPECT_EQ(mel_in_pieces(samples, {"whole", [] { return std::size_t{5000}; }}).size(), 1 + n / 200);
  }
}

TEST(MelStream, StartingLaterGivesTheSameColumnsFromThere) {
  const auto samples = test::random_floats(9999, -1, 1, 9);
  const test::Cut cut{"pieces of 641", [] { return std::size_t{641}; }};
  const auto all = mel_in_pieces(samples, cut);
  for (const std::int64_t first : {1, 2, 17, 49, 50}) {
    SCOPED_TRACE(first);
    const std::vector<MelColumn> expected(all.begin() + std::min<std::int64_t>(first, std::ssize(all)),
                                          all.end());
    EXPECT_EQ(mel_in_pieces(samples, cut, first), expected);
  }
}

TEST(MelStream, AfterResetItIsAsNew) {
  const auto samples = test::random_floats(3000, -1, 1, 10);
  MelStream stream;
  std::vector<MelColumn> columns;
  for (std::span<const float> rest = samples; !rest.empty(); append_ready(stream, columns))
    rest = rest.subspan(stream.push(rest));
  stream.reset();
  columns.clear();
  for (std::span<const float> rest = samples; !rest.empty(); append_ready(stream, columns))
    rest = rest.subspan(stream.push(rest));
  stream.finish();
  append_ready(stream, columns);
  EXPECT_EQ(columns, mel_in_pieces(samples, {"whole", [] { return std::size_t{5000}; }}));
}

}  // namespace
}  // namespace framegen
