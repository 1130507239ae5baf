#include "media/image_decoder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/golden.hpp"
#include "support/test_files.hpp"

namespace framegen {
namespace {

std::vector<std::uint8_t> golden_file(const std::string& name) {
  auto bytes = read_file(test::golden(name));
  if (bytes) return *std::move(bytes);
  ADD_FAILURE() << bytes.error().message();
  return {};
}

// A PNG is exact, so that a JPEG's own pixels are needed as truth: the golden frame, outside its face box.
TEST(ImageDecoder, DecodesAJpegAsTheReferenceDoes) {
  ImageDecoder decoder;
  Image jpeg, golden;
  ASSERT_TRUE(decoder.decode(golden_file("pipeline/dataset/full_body_img/1.jpg"), "1.jpg", jpeg));
  ASSERT_TRUE(decoder.decode(golden_file("pipeline/frames/0_full.png"), "0_full.png", golden));
  ASSERT_EQ(jpeg.width(), 640);
  ASSERT_EQ(golden.width(), 640);
  int different = 0;
  for (int y = 0; y < 360; ++y)
    for (int x = 0; x < 640; ++x) {
      const bool in_box = x >= 217 && x < 420 && y >= 78 && y < 281;
      if (!in_box && std::memcmp(jpeg.view().row(y) + 3 * x, golden.view().row(y) + 3 * x, 3) != 0)
        ++different;
    }
  EXPECT_EQ(different, 0);
}

TEST(ImageDecoder, GivesAPngsPixelsBack) {
  const Image image = test::noise(17, 9, 1);
  Image decoded;
  ASSERT_TRUE(ImageDecoder().decode(test::png_of(image), "a.png", decoded));
  ASSERT_EQ(decoded.bytes(), image.bytes());
  EXPECT_EQ(std::memcmp(decoded.data(), image.data(), image.bytes()), 0);
}

TEST(ImageDecoder, NamesTheFileWhereverItIsCutOff) {
  const Image image = test::noise(24, 16, 2);
  ImageDecoder decoder;  // one for all: a damaged picture leaves nothing behind
  for (const auto& file : {test::jpeg_of(image), test::png_of(image)}) {
    Image decoded;
    ASSERT_TRUE(decoder.decode(file, "whole", decoded));
    // Without its last two bytes, the end marker, a JPEG still has all its pixels.
    for (std::size_t n = 0; n < file.size() - 2; ++n) {
      SCOPED_TRACE(n);
      const Status status = decoder.decode(std::span(file).first(n), "pictures/3.jpg", decoded);
      if (status.ok()) {
        EXPECT_GE(n + 12, file.size());
        continue;
      }
      EXPECT_EQ(status.error().code, ErrorCode::kBadInput);
      EXPECT_EQ(status.error().message().rfind("pictures/3.jpg: ", 0), 0U) << status.error().message();
    }
    ASSERT_TRUE(decoder.decode(file, "whole", decoded));
  }
}

TEST(ImageDecoder, SurvivesEveryChangedByte) {
  const Image image = test::noise(24, 16, 3);
  ImageDecoder decoder;
  for (auto file : {test::jpeg_of(image), test::png_of(image)})
    for (std::size_t i = 0; i < file.size(); ++i) {
      const std::uint8_t before = file[i];
      for (const int value : {0x00, 0xFF, before ^ 0x10}) {
        file[i] = static_cast<std::uint8_t>(value);
        Image decoded;
        const Status status = decoder.decode(file, "changed", decoded, 24, 16);
        EXPECT_TRUE(status.ok() || !status.error().what.empty());
      }
      file[i] = before;
    }
}

TEST(ImageDecoder, RefusesWhatIsNoPictureOrHasAnotherSize) {
  ImageDecoder decoder;
  Image image;
  const std::vector<std::uint8_t> text{'h', 'e', 'l', 'l', 'o'};
  Status status = decoder.decode(text, "0.jpg", image);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message(),
            "0.jpg: is neither a JPEG nor a PNG; replace the file by a whole JPEG or PNG picture");
  status = decoder.decode({}, "0.jpg", image);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().what, "is empty");
  for (const auto& file : {test::jpeg_of(test::noise(24, 16, 1)), test::png_of(test::noise(24, 16, 1))}) {
    status = decoder.decode(file, "0.jpg", image, 32, 16);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().message(),
              "0.jpg: has 24×16 pixels, not 32×16; all these pictures need one size");
    EXPECT_TRUE(image.empty());  // nothing was allocated for it
  }
}

TEST(ImageDecoder, AllocatesNothingForAHostileSize) {
  auto png = test::png_of(test::noise(24, 16, 1));
  png[16] = 0x7F;  // the width's highest byte; the header's checksum is wrong now, too
  auto jpeg = test::jpeg_of(test::noise(24, 16, 1));
  for (std::size_t i = 0; i + 8 < jpeg.size(); ++i)
    if (jpeg[i] == 0xFF && jpeg[i + 1] == 0xC0)
      jpeg[i + 5] = jpeg[i + 7] = 0xFF;  // height and width over 65,000
  for (const auto& file : {png, jpeg}) {
    Image image;
    EXPECT_FALSE(ImageDecoder().decode(file, "huge", image));
    EXPECT_TRUE(image.empty());
  }
}

// libpng would make room for all of it first.
TEST(ImageDecoder, BelievesNoChunkThatIsLongerThanItsFile) {
  auto png = test::png_of(test::noise(24, 16, 1));
  constexpr std::uint8_t kText[] = {0x7F, 0xFF, 0xFF, 0xFF, 'z', 'T', 'X', 't'};
  constexpr std::ptrdiff_t kBehindHeader = 8 + 25;
  png.insert(png.begin() + kBehindHeader, std::begin(kText), std::end(kText));
  Image image;
  const Status decoded = ImageDecoder().decode(png, "bomb.png", image);
  ASSERT_FALSE(decoded);
  EXPECT_THAT(decoded.error().message(),
              testing::HasSubstr("bomb.png: is a damaged or truncated PNG: a chunk does not end"));
}

TEST(ImageDecoder, KeepsThePicturesMemory) {
  ImageDecoder decoder;
  Image image;
  ASSERT_TRUE(decoder.decode(test::jpeg_of(test::noise(24, 16, 1)), "a", image));
  const std::uint8_t* const memory = image.data();
  ASSERT_TRUE(decoder.decode(test::jpeg_of(test::noise(24, 16, 2)), "b", image));
  EXPECT_EQ(image.data(), memory);
}

}  // namespace
}  // namespace framegen
