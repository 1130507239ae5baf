// sink_test.cpp: what all sinks promise: order, equal sizes, no allocation per frame; null, hash and tee.
#include "sink/sink.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/files.hpp"
#include "sink/hash_sink.hpp"
#include "sink/image_sink.hpp"
#include "sink/mp4_sink.hpp"
#include "sink/null_sink.hpp"
#include "sink/raw_sink.hpp"
#include "sink/sink_fixture.hpp"
#include "sink/tee_sink.hpp"
#include "support/allocations.hpp"

namespace framegen {
namespace {

using test::SinkTest;
using ::testing::HasSubstr;

TEST_F(SinkTest, AFrameOfAnotherSizeIsNamedWithBothSizes) {
  NullSink sink;
  ASSERT_TRUE(sink.begin({.width = 4, .height = 2}).ok());
  ASSERT_TRUE(sink.write({.index = 0, .bgr = test::grey_image(4, 2, 0), .i420 = {}}).ok());
  const Image other = test::grey_image(4, 3, 0);
  const Status status = sink.write({.index = 1, .bgr = other, .i420 = {}});
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kBadOutput);
  EXPECT_THAT(status.error().message(), HasSubstr("frame 1 has 4×3 pixels, those before it 4×2"));
  EXPECT_THAT(sink.finish().error().message(), HasSubstr("after an error"));
}

TEST_F(SinkTest, CallsInTheWrongOrderAreErrors) {
  NullSink sink;
  EXPECT_FALSE(sink.finish().ok());
  NullSink other;
  EXPECT_FALSE(other.write({}).ok());
  NullSink twice;
  EXPECT_TRUE(twice.begin({.width = 1, .height = 1}).ok());
  EXPECT_FALSE(twice.begin({.width = 1, .height = 1}).ok());
}

TEST_F(SinkTest, ImpossibleFormatsAreRefused) {
  for (const SinkFormat& format :
       {SinkFormat{.width = 0, .height = 5}, SinkFormat{.width = 5, .height = 100000},
        SinkFormat{.width = 5, .height = 5, .fps_numerator = 0}}) {
    NullSink sink;
    EXPECT_EQ(sink.begin(format).error().code, ErrorCode::kBadOutput);
  }
}

TEST_F(SinkTest, AHashIsThatOfThePackedPixels) {
  Image image(1, 1);
  std::copy_n("abc", 3, reinterpret_cast<char*>(image.data()));
  HashSink sink(folder_ / "hashes.txt");
  ASSERT_TRUE(test::write_all(sink, image, 1).ok());
  const std::string abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";  // FIPS 180-4
  EXPECT_EQ(sink.frame(0), abc);
  EXPECT_EQ(sink.all(), abc);
  EXPECT_EQ(*read_text_file(folder_ / "hashes.txt"), "0 " + abc + "\nall " + abc + "\n");
  EXPECT_EQ(entries(), 1u);
}

TEST_F(SinkTest, AHashDoesNotSeeTheStrideAndAllIsInOrder) {
  const Image large = test::random_image(20, 10, 1);
  const ImageView part = large.view().crop(3, 2, 7, 5);
  Image packed(7, 5);
  copy_pixels(part, packed);
  HashSink a, b, once;
  ASSERT_TRUE(test::write_all(a, part, 2).ok());
  ASSERT_TRUE(test::write_all(b, packed, 2).ok());
  ASSERT_TRUE(test::write_all(once, packed, 1).ok());
  EXPECT_EQ(a.all(), b.all());
  EXPECT_EQ(a.frame(0), a.frame(1));
  EXPECT_EQ(a.frame(0), once.all());
  EXPECT_NE(a.all(), once.all());
}

TEST_F(SinkTest, HashesThatCannotBeWrittenFailBeforeTheWork) {
  HashSink sink(folder_ / "nowhere" / "hashes.txt");
  EXPECT_EQ(sink.begin({.width = 1, .height = 1}).error().code, ErrorCode::kBadOutput);
}

TEST_F(SinkTest, ATeeFeedsAllAndNeedsWhatTheyNeed) {
  std::vector<std::unique_ptr<Sink>> sinks;
  sinks.push_back(std::make_unique<HashSink>(folder_ / "h.txt"));
  sinks.push_back(std::make_unique<RawSink>((folder_ / "v.y4m").string(), RawFormat::kY4m));
  TeeSink tee(std::move(sinks));
  EXPECT_EQ(tee.need(), PixelNeed::kBoth);
  ASSERT_TRUE(test::write_all(tee, test::grey_image(4, 4, 9), 2).ok());
  EXPECT_EQ(entries(), 2u);
}

TEST_F(SinkTest, NoSinkAllocatesForASteadyFrame) {
  std::vector<std::unique_ptr<Sink>> sinks;
  sinks.push_back(std::make_unique<NullSink>());
  sinks.push_back(std::make_unique<HashSink>(folder_ / "h.txt"));
  sinks.push_back(std::make_unique<RawSink>((folder_ / "v.y4m").string(), RawFormat::kY4m));
  sinks.push_back(std::make_unique<RawSink>((folder_ / "v.bgr").string(), RawFormat::kBgr24));
  sinks.push_back(std::make_unique<ImageSink>(folder_ / "png"));
  sinks.push_back(
      std::make_unique<ImageSink>(folder_ / "jpg", ImageSinkOptions{.picture_format = PictureFormat::kJpeg}));
  sinks.push_back(std::make_unique<Mp4Sink>(
      folder_ / "v.mp4",
      Mp4Options{.video = {.threads = 1}, .sound = "tests/golden/audio/espeak_22050.wav"}));
  const Image large = test::random_image(70, 50, 1);
  const ImageView picture = large.view().crop(1, 1, 64, 48);
  for (const auto& sink : sinks) {
    SCOPED_TRACE(sink->name());
    ASSERT_TRUE(test::begin_and_write(*sink, picture, 5).ok());
    const test::AllocationCounter counter;
    for (std::int64_t i = 5; i < 105; ++i)
      ASSERT_TRUE(sink->write({.index = i, .bgr = picture, .i420 = {}}).ok());
    EXPECT_EQ(counter.count().ours, 0);
    EXPECT_TRUE(sink->finish().ok());
  }
}

}  // namespace
}  // namespace framegen
