// mel_windows_test.cpp: counts and start columns are the reference's (docs/reference.md §3, §9).
#include "features/mel_windows.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "support/golden.hpp"

namespace framegen {
namespace {

TEST(MelWindows, StartWhereTheGoldenOnesDo) {
  for (const std::string name : {"sweep_noise_16k", "espeak_22050", "short"}) {
    SCOPED_TRACE(name);
    const auto golden = npy_values<std::int32_t>(test::golden_array("mel/" + name + "_start_idx.npy"));
    ASSERT_TRUE(golden.ok());
    const std::int64_t columns = test::golden_array("mel/" + name + "_mel.npy").shape.at(1);
    ASSERT_EQ(encoded_feature_count(columns), std::ssize(*golden));
    for (std::size_t j = 0; j < golden->size(); ++j) {
      const std::int64_t start = feature_start_column(static_cast<std::int64_t>(j));
      ASSERT_EQ(std::min(start, columns - kWindowColumns), (*golden)[j]) << "feature " << j;
    }
  }
}

TEST(MelWindows, CountColumnsFeaturesAndFramesAsThePublishedTable) {
  EXPECT_EQ(mel_column_count(3 * 16000), 241);
  EXPECT_EQ(encoded_feature_count(241), 72);
  EXPECT_EQ(encoded_feature_count(754), 232);
  EXPECT_EQ(encoded_feature_count(33), 7);
  EXPECT_EQ(frame_count(3 * 16000), 74);
  EXPECT_EQ(frame_count(6400), 9);
}

TEST(MelWindows, CountsAgreeWithAPlainFormulaAtEveryLength) {
  for (std::int64_t n = 0; n <= 20000; n += 97) {
    SCOPED_TRACE(n);
    const std::int64_t columns = 1 + std::max<std::int64_t>(n, 3000) / 200;
    EXPECT_EQ(frame_count(n), (columns - 16) * 5 / 16 + 4);
  }
}

// Wav2Lip's own loop: window after window, until one would reach over the end.
TEST(MelWindows, DirectWindowsAreCountedAsWav2LipCountsThem) {
  for (std::int64_t columns = 16; columns < 3000; ++columns) {
    std::int64_t count = 1;
    while (static_cast<std::int64_t>(static_cast<double>(count - 1) * (80.0 / 25)) + 16 <= columns) ++count;
    ASSERT_EQ(direct_feature_count(columns), count) << columns << " columns";
  }
}

TEST(MelWindows, EveryFeatureWhoseColumnsAreThereIsCounted) {
  // What lets a stream encode feature j as soon as its columns exist, before the length is known.
  for (std::int64_t columns = 16; columns < 5000; ++columns) {
    const std::int64_t features = encoded_feature_count(columns);
    ASSERT_GT(feature_start_column(features) + kWindowColumns, columns) << columns << " columns";
  }
}

}  // namespace
}  // namespace framegen
