// synth_model_test.cpp: the seeded weights have the checksums of docs/models.md, and the files hold what it
// says.
#include "generator/synth_model.hpp"

#include <gtest/gtest.h>

#include "core/files.hpp"
#include "core/sha256.hpp"

namespace framegen {
namespace {

std::string checksum(const Architecture& architecture, std::uint64_t seed) {
  const WeightSource weights = seeded_weights(seed);
  Sha256 sha;
  for (const Convolution& c : architecture.convolutions) {
    std::vector<float> weight(element_count(c.weight)), bias(static_cast<std::size_t>(c.weight[0]));
    EXPECT_TRUE(weights(c, weight, bias));
    sha.update({reinterpret_cast<const std::uint8_t*>(weight.data()), weight.size() * sizeof(float)});
    sha.update({reinterpret_cast<const std::uint8_t*>(bias.data()), bias.size() * sizeof(float)});
  }
  return sha.hex();
}

TEST(SynthModel, GeneratorOfFullWidthHasThePublishedChecksum) {
  EXPECT_EQ(checksum(synctalk328_generator({32, 64, 128, 256, 512}), 1),
            "7e59a4f5745e6ada777cecdc64e993ce722f16cb85b30228a256ec8b1ac49eb4");
}

TEST(SynthModel, GeneratorOfHalfWidthHasThePublishedChecksum) {
  EXPECT_EQ(checksum(synctalk328_generator({16, 32, 64, 128, 256}), 1),
            "7be68401856705b77556f16a81fa40095d06478468e54ab5c4f51555d850df38");
}

TEST(SynthModel, AudioEncoderHasThePublishedChecksum) {
  EXPECT_EQ(checksum(synctalk_audio_encoder(), 1),
            "b83773fe6aa7baba03d3c759ee6907ccaf13fa04ee62b3a7b4ef0df54f881098");
}

TEST(SynthModel, AnotherSeedGivesOtherWeights) {
  EXPECT_NE(checksum(synctalk_audio_encoder(), 2), checksum(synctalk_audio_encoder(), 1));
}

TEST(SynthModel, GivesTheSameBytesEveryTime) {
  const SynthModelOptions half{.width = 0.5};
  const auto first = make_synth_model(half), second = make_synth_model(half);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->generator, second->generator);
  EXPECT_EQ(first->audio_encoder, second->audio_encoder);
}

TEST(SynthModel, WritesBothFilesIntoAFolderThatItMakes) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "synth_model_test" / "deep";
  std::filesystem::remove_all(folder.parent_path());
  const auto written = write_synth_model({.width = 0.5}, folder);
  ASSERT_TRUE(written) << written.error().message();
  const auto model = make_synth_model({.width = 0.5});
  const auto generator = read_file(folder / "generator.onnx"),
             encoder = read_file(folder / "audio_encoder.onnx");
  ASSERT_TRUE(model && generator && encoder);
  EXPECT_EQ(*generator, model->generator);
  EXPECT_EQ(*encoder, model->audio_encoder);
  std::filesystem::remove_all(folder.parent_path());
}

TEST(SynthModel, RefusesAnUnknownArchitectureAndWidth) {
  const auto arch = make_synth_model({.arch = "unet"});
  ASSERT_FALSE(arch);
  EXPECT_EQ(arch.error().message(), "--arch unet: unknown architecture; use synctalk328");
  const auto width = make_synth_model({.width = 0.25});
  ASSERT_FALSE(width);
  EXPECT_EQ(width.error().code, ErrorCode::kBadUse);
  EXPECT_EQ(width.error().message(), "--width 0.25: no such width; use 1 or 0.5");
}

TEST(SynthModel, SaysWhichFolderCannotBeMade) {
  const auto written = write_synth_model({.width = 0.5}, "/proc/nowhere/models");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kBadOutput);
  EXPECT_NE(written.error().message().find("/proc/nowhere/models"), std::string::npos);
}

}  // namespace
}  // namespace framegen
