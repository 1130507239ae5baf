// scan_test.cpp: a scan taken apart; JPEGs of other kinds and broken ones are refused, never read beyond.
#include "pictures/scan.hpp"

#include <gtest/gtest.h>
#include <turbojpeg.h>

#include <random>

#include "core/image.hpp"
#include "pictures/splice.hpp"

namespace framegen::server {
namespace {

std::vector<std::uint8_t> jpeg(int width, int height, int sampling = TJSAMP_420, int flags = 0) {
  Image image(width, height);
  std::mt19937 random(11);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < 3 * width; ++x)
      image.view().row(y)[x] = static_cast<std::uint8_t>(x % 7 == 0 ? random() % 256 : x + y);
  const tjhandle turbo = tjInitCompress();
  std::vector<std::uint8_t> out(tjBufSize(width, height, sampling));
  unsigned char* bytes = out.data();
  unsigned long size = out.size();
  EXPECT_EQ(tjCompress2(turbo, image.view().data, width, static_cast<int>(image.view().stride), height,
                        TJPF_BGR, &bytes, &size, sampling, 85, flags | TJFLAG_NOREALLOC),
            0);
  tjDestroy(turbo);
  out.resize(size);
  return out;
}

TEST(JpegScan, RunsCoverAllBitsButTheLastBytesPadding) {
  const auto bytes = jpeg(100, 50);
  const auto scan = JpegScan::parse(bytes);
  ASSERT_TRUE(scan.ok()) << scan.error().message();
  EXPECT_EQ(scan->mcus_across, 7);
  EXPECT_EQ(scan->mcus_down, 4);
  const std::vector<std::size_t> starts{0, 3, 3, 27};
  const auto runs = scan->runs(starts);
  ASSERT_TRUE(runs.ok());
  EXPECT_EQ((*runs)[0].begin, 0U);
  EXPECT_EQ((*runs)[0].end, (*runs)[1].begin);
  const std::size_t bits = (scan->bits.size() - 8) * 8;
  EXPECT_LE(runs->back().end, bits);
  EXPECT_GT(runs->back().end + 8, bits);
}

TEST(JpegScan, RefusesOtherKinds) {
  for (const auto& bytes :
       {jpeg(64, 64, TJSAMP_444), jpeg(64, 64, TJSAMP_GRAY), jpeg(64, 64, TJSAMP_420, TJFLAG_PROGRESSIVE)})
    EXPECT_FALSE(JpegScan::parse(bytes).ok());
}

TEST(JpegScan, ReadsNothingBeyondABrokenOnesEnd) {
  const auto bytes = jpeg(100, 50);
  const std::vector<std::size_t> starts{0};
  const auto walk = [&](std::vector<std::uint8_t> broken) {
    broken.shrink_to_fit();  // so that a sanitizer sees its end
    if (const auto scan = JpegScan::parse(broken); scan.ok()) (void)scan->runs(starts);
  };
  for (std::size_t length = 0; length < bytes.size(); ++length)
    walk({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length)});
  std::mt19937 random(5);
  for (int round = 0; round < 2000; ++round) {
    auto broken = bytes;
    for (int i = 0; i < 3; ++i) broken[random() % broken.size()] = static_cast<std::uint8_t>(random());
    walk(std::move(broken));
  }
}

TEST(KeptJpeg, TakesNoFaceOfAnotherSizeOrQuality) {
  const auto kept = KeptJpeg::create(jpeg(100, 50), {32, 16, 48, 32}, false);
  ASSERT_TRUE(kept.ok()) << kept.error().message();
  SpliceScratch scratch;
  std::vector<std::uint8_t> out;
  auto face = jpeg(48, 32);
  EXPECT_TRUE((*kept)->splice(face, scratch, out).ok());
  EXPECT_FALSE((*kept)->splice(jpeg(48, 16), scratch, out).ok());
  EXPECT_FALSE((*kept)->splice(jpeg(100, 50), scratch, out).ok());
  face[30] ^= 1;  // a quantizer
  EXPECT_FALSE((*kept)->splice(face, scratch, out).ok());
  EXPECT_FALSE((*kept)->splice({}, scratch, out).ok());
}

TEST(WholeMcus, AreAroundTheBoxAndWithinThePicture) {
  EXPECT_EQ(whole_mcus({17, 31, 1, 2}, 100, 100), (Rectangle{16, 16, 16, 32}));
  EXPECT_EQ(whole_mcus({90, 90, 10, 10}, 100, 100), (Rectangle{80, 80, 20, 20}));
  EXPECT_EQ(whole_mcus({-5, -5, 30, 30}, 100, 100), (Rectangle{0, 0, 32, 32}));
}

}  // namespace
}  // namespace framegen::server
