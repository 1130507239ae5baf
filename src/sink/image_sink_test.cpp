// image_sink_test.cpp: folders of pictures appear whole, hold the pixels, and never cost the user a file.
#include "sink/image_sink.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <png.h>
#include <sys/resource.h>
#include <turbojpeg.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <vector>

#include "core/files.hpp"
#include "sink/sink_fixture.hpp"

namespace framegen {
namespace {

using ::testing::HasSubstr;
class ImageSinkTest : public test::SinkTest {
 protected:
  Status write(const ImageSinkOptions& options, ImageView picture, std::int64_t frames = 2) {
    ImageSink sink(folder_ / "out", options);
    return test::write_all(sink, picture, frames);
  }
};

TEST_F(ImageSinkTest, APngHasThePixels) {
  const Image large = test::random_image(70, 40, 1);
  const ImageView part = large.view().crop(1, 2, 33, 21);
  ASSERT_TRUE(write({}, part).ok());
  const std::string path = (folder_ / "out" / "frame_000001.png").string();
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  ASSERT_NE(png_image_begin_read_from_file(&png, path.c_str()), 0);
  png.format = PNG_FORMAT_BGR;
  Image read(static_cast<int>(png.width), static_cast<int>(png.height)), expected(33, 21);
  ASSERT_NE(png_image_finish_read(&png, nullptr, read.data(), 0, nullptr), 0);
  copy_pixels(part, expected);
  ASSERT_EQ(read.bytes(), expected.bytes());
  EXPECT_TRUE(std::equal(read.data(), read.data() + read.bytes(), expected.data()));
  EXPECT_EQ(entries(), 1u);
}

TEST_F(ImageSinkTest, AJpegHasTheChosenChromaAndNearlyThePixels) {
  for (const bool full : {false, true}) {
    SCOPED_TRACE(full);
    const ImageSinkOptions options{
        .picture_format = PictureFormat::kJpeg, .jpeg_full_chroma = full, .overwrite = true};
    ASSERT_TRUE(write(options, test::grey_image(40, 30, 77)).ok());
    const auto file = *read_file(folder_ / "out" / "frame_000000.jpg");
    const tjhandle handle = tjInitDecompress();
    int width = 0, height = 0, chroma = -1, colours = -1;
    ASSERT_EQ(tjDecompressHeader3(handle, file.data(), file.size(), &width, &height, &chroma, &colours), 0);
    Image read(width, height);
    ASSERT_EQ(tjDecompress2(handle, file.data(), file.size(), read.data(), width, 0, height, TJPF_BGR, 0), 0);
    tjDestroy(handle);
    EXPECT_EQ(chroma, full ? TJSAMP_444 : TJSAMP_420);
    EXPECT_EQ(width, 40);
    for (std::size_t i = 0; i < read.bytes(); ++i) ASSERT_NEAR(read.data()[i], 77, 1);
  }
}

TEST_F(ImageSinkTest, AnEmptyFolderIsTakenAndAFullOneIsNot) {
  const Image picture = test::grey_image(8, 8, 1);
  std::filesystem::create_directory(folder_ / "out");
  ASSERT_TRUE(write({}, picture).ok());
  const Status again = write({}, picture);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, ErrorCode::kBadOutput);
  EXPECT_THAT(again.error().message(), HasSubstr("is not empty"));
}

TEST_F(ImageSinkTest, OverwritingReplacesFramesOfBeforeButNothingElse) {
  const Image picture = test::grey_image(8, 8, 1);
  ASSERT_TRUE(write({}, picture, 5).ok());
  ASSERT_TRUE(write({.overwrite = true}, picture, 2).ok());
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out" / "frame_000004.png"));
  ASSERT_TRUE(write_file(folder_ / "out" / "notes.txt", "dear").ok());
  const Status refused = write({.overwrite = true}, picture, 2);
  EXPECT_THAT(refused.error().message(), HasSubstr("notes.txt"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out" / "notes.txt"));
  EXPECT_EQ(entries(), 1u);
}

TEST_F(ImageSinkTest, WithoutFinishNothingIsLeft) {
  {
    ImageSink sink(folder_ / "out");
    ASSERT_TRUE(test::begin_and_write(sink, test::grey_image(8, 8, 1), 3).ok());
    EXPECT_FALSE(std::filesystem::exists(folder_ / "out"));
  }
  EXPECT_EQ(entries(), 0u);
}

TEST_F(ImageSinkTest, AFileInItsPlaceAndAMissingParentAreErrors) {
  ASSERT_TRUE(write_file(folder_ / "out", "a file").ok());
  EXPECT_THAT(write({}, test::grey_image(8, 8, 1)).error().message(), HasSubstr("is not a folder"));
  ImageSink nowhere(folder_ / "no" / "where");
  EXPECT_EQ(nowhere.begin({.width = 1, .height = 1}).error().code, ErrorCode::kBadOutput);
}

TEST_F(ImageSinkTest, AFullDiskIsAnErrorAndLeavesNothing) {
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = before;
  small.rlim_cur = 1000;
  ::setrlimit(RLIMIT_FSIZE, &small);
  const Status status = write({}, test::random_image(64, 64, 1));
  ::setrlimit(RLIMIT_FSIZE, &before);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kBadOutput);
  EXPECT_EQ(entries(), 0u);
}

TEST_F(ImageSinkTest, TheWorstPngFitsItsBuffer) {
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 3000}, {3000, 1}, {501, 333}}) {
    SCOPED_TRACE(width);
    EXPECT_TRUE(write({.overwrite = true}, test::random_image(width, height, 9), 1).ok());
  }
}

TEST_F(ImageSinkTest, AQualityOutsideItsRangeIsBadUse) {
  EXPECT_EQ(write({.jpeg_quality = 0}, test::grey_image(8, 8, 1)).error().code, ErrorCode::kBadUse);
}

}  // namespace
}  // namespace framegen
