// self_test_test.cpp: the program's own golden numbers are the reference's, and each that is wrong is
// noticed.
#include "pipeline/self_test/self_test.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>

#include "core/files.hpp"
#include "core/npy.hpp"
#include "core/sha256.hpp"
#include "media/image_decoder.hpp"
#include "support/golden.hpp"

namespace framegen {
namespace {

using ::testing::HasSubstr;

Image golden_picture(const std::string& name) {
  Image image;
  const auto file = read_file(test::golden(name));
  EXPECT_TRUE(file && ImageDecoder().decode(*file, name, image)) << name;
  return image;
}

template <class T>
std::vector<T> samples_of(std::span<const T> all) {
  std::vector<T> samples;
  for (std::size_t i = 0; i < all.size(); i += SelfTestData::kSampleStride) samples.push_back(all[i]);
  return samples;
}

// FRAMEGEN_UPDATE=1 writes assets/self_test anew from tests/golden.
template <class T>
void expect_samples(const std::string& name, std::span<const std::uint8_t> embedded,
                    std::span<const T> golden) {
  const std::vector<T> expected = samples_of(golden);
  const std::int64_t shape[] = {std::ssize(expected)};
  if (std::getenv("FRAMEGEN_UPDATE") != nullptr) {
    EXPECT_TRUE(write_npy("assets/self_test/" + name, shape, std::span<const T>(expected)));
    return;
  }
  const auto array = parse_npy(embedded, name);
  ASSERT_TRUE(array) << array.error().message();
  EXPECT_EQ(*npy_values<T>(*array), expected) << name;
}

std::span<const std::uint8_t> bytes_of(const Image& image) { return {image.data(), image.bytes()}; }

TEST(SelfTestData, IsTheReferences) {
  const SelfTestData& data = self_test_data();
  expect_samples<std::uint8_t>("crop.npy", data.crop_samples,
                               bytes_of(golden_picture("compositor/b412_crop328.png")));
  expect_samples<std::uint8_t>("pasted.npy", data.pasted_samples,
                               bytes_of(golden_picture("compositor/b412_pasted_box.png")));
  expect_samples<float>("generator.npy", data.generator_samples, test::golden_floats("net/output_w0.5.npy"));
  Image box;
  ASSERT_TRUE(ImageDecoder().decode(data.box, "box", box));
  const Image frame = golden_picture("compositor/frame.png");
  for (int y = 0; y < box.height(); ++y)
    ASSERT_EQ(std::memcmp(box.view().row(y), frame.view().row(181 + y) + 3 * 460,
                          static_cast<std::size_t>(3 * box.width())),
              0)
        << y;
}

const SelfCheck& named(const std::vector<SelfCheck>& checks, const std::string& name) {
  for (const SelfCheck& check : checks)
    if (check.name == name) return check;
  ADD_FAILURE() << "no check is called " << name;
  return checks.front();
}

TEST(SelfTest, PassesHere) {
  for (const SelfCheck& check : self_test()) EXPECT_TRUE(check.passed) << check.name << ": " << check.seen;
}

// One byte of golden data changed: the check that uses it fails, says by how much, and all others pass.
TEST(SelfTest, NoticesEachGoldenNumberThatIsNotMet) {
  const auto changed = [](std::span<const std::uint8_t> file) {
    std::vector<std::uint8_t> copy(file.begin(), file.end());
    copy[copy.size() - 2] ^= 0x40;  // of the last float's exponent, or of a pixel
    return copy;
  };
  const SelfTestData& good = self_test_data();
  const auto mel = changed(good.mel), features = changed(good.features), crop = changed(good.crop_samples),
             generator = changed(good.generator_samples), pasted = changed(good.pasted_samples);
  SelfTestData bad = good;
  bad.mel = mel;
  bad.features = features;
  bad.crop_samples = crop;
  bad.generator_samples = generator;
  bad.pasted_samples = pasted;
  bad.jpeg_sha256 = "0";
  const auto checks = self_test(bad);
  for (const char* name :
       {"mel spectrogram", "audio encoder", "face crop", "generator", "face paste", "JPEG decoding"}) {
    EXPECT_FALSE(named(checks, name).passed) << name;
    EXPECT_THAT(named(checks, name).seen, HasSubstr("largest difference"));
    EXPECT_FALSE(named(checks, name).remedy.empty());
  }
  EXPECT_TRUE(named(checks, "H.264 video").passed);
  EXPECT_TRUE(named(checks, "resampling").passed);
}

TEST(SelfTest, SaysWhatIsWrongWithAnAvatarThatCannotSpeak) {
  const SelfCheck check = check_speaking("tests/golden/pipeline/no_such_avatar");
  EXPECT_FALSE(check.passed);
  EXPECT_THAT(check.seen, HasSubstr("no_such_avatar"));
}

}  // namespace
}  // namespace framegen
