#include "avatar/avatar_bundle.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/sha256.hpp"
#include "support/test_files.hpp"

namespace framegen {
namespace {

using testing::HasSubstr;

class AvatarBundleTest : public testing::Test {
 protected:
  AvatarBundleTest() {
    manifest.name = "demo";
    manifest.width = 32;
    manifest.height = 24;
    for (int i = 0; i < 3; ++i) {
      manifest.frames.push_back("frames/" + std::to_string(i) + ".jpg");
      manifest.boxes.push_back({1, 1, 20, 20});
      test::put(folder / manifest.frames.back(), test::jpeg_of(test::noise(32, 24, 1)));
    }
    const std::vector<std::uint8_t> network{1, 2, 3};
    manifest.generator = {"generator.onnx", sha256_hex(network)};
    manifest.audio_encoder = {"audio_encoder.onnx", sha256_hex(network)};
    test::put(folder / "generator.onnx", network);
    test::put(folder / "audio_encoder.onnx", network);
    EXPECT_TRUE(write_manifest(folder / "avatar.json", manifest));
  }
  std::string error_of_open(const std::filesystem::path& path) {
    const auto bundle = AvatarBundle::open(path);
    if (bundle) return "no error";
    EXPECT_EQ(bundle.error().code, ErrorCode::kBadAvatar);
    return bundle.error().message();
  }

  test::TemporaryFolder folder;
  Manifest manifest;
};

TEST_F(AvatarBundleTest, OpensAWholeAvatar) {
  const auto bundle = AvatarBundle::open(folder.path());
  ASSERT_TRUE(bundle) << bundle.error().message();
  EXPECT_EQ(bundle->manifest(), manifest);
  EXPECT_EQ(bundle->generator_file(), folder / "generator.onnx");
  EXPECT_EQ(bundle->cache_folder(), folder / "cache");
  EXPECT_EQ(bundle->loop(0).at(0), 1);
  EXPECT_EQ(bundle->loop(1).at(0), 2);
  EXPECT_TRUE(bundle->verify());
  EXPECT_EQ((*bundle->template_frames(1 << 20)->get(2))->width(), 32);
}

TEST_F(AvatarBundleTest, NamesTheFileThatIsMissing) {
  EXPECT_THAT(error_of_open(folder / "nowhere"), HasSubstr("nowhere: is not there; give the folder"));
  for (const char* file : {"frames/1.jpg", "audio_encoder.onnx", "generator.onnx", "avatar.json"}) {
    std::filesystem::remove(folder / file);
    EXPECT_THAT(error_of_open(folder.path()), HasSubstr(std::string(file) + ": is missing; "));
  }
}

TEST_F(AvatarBundleTest, VerifyNamesTheNetworkThatWasChanged) {
  test::put(folder / "audio_encoder.onnx", std::vector<std::uint8_t>{1, 2, 4});
  const auto bundle = AvatarBundle::open(folder.path());
  ASSERT_TRUE(bundle);  // hashing is for whoever asks
  const Status verified = bundle->verify();
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, ErrorCode::kBadAvatar);
  EXPECT_THAT(verified.error().message(), HasSubstr("audio_encoder.onnx: has SHA-256 "));
}

TEST_F(AvatarBundleTest, ANetworkWithoutAHashMayBeAny) {
  manifest.generator.sha256.clear();
  ASSERT_TRUE(write_manifest(folder / "avatar.json", manifest));
  test::put(folder / "generator.onnx", std::vector<std::uint8_t>{9});
  EXPECT_TRUE(AvatarBundle::open(folder.path())->verify());
}

}  // namespace
}  // namespace framegen
