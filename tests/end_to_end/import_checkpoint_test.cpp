// import_checkpoint_test.cpp: framegen import takes PyTorch's checkpoints by content, and refuses strange
// ones in words.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mini_avatar.hpp"

namespace framegen::test {
namespace {

using ::testing::HasSubstr;

constexpr int kBadUse = 2, kBadInput = 3, kBadAvatar = 4;

class ImportCheckpoint : public ::testing::Test {
 protected:
  TemporaryFolder output_;

  ProgramRun import(const std::string& generator, const std::string& encoder,
                    std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"import",
                                      "--dataset",
                                      "tests/golden/pipeline/dataset",
                                      "--generator",
                                      golden(generator),
                                      "--audio-encoder",
                                      golden(encoder),
                                      "-o",
                                      (output_ / "avatar").string()};
    words.insert(words.end(), more.begin(), more.end());
    return framegen(words);
  }
  static std::string golden(const std::string& file) { return "tests/golden/checkpoints/" + file; }
  void expect_refusal(const ProgramRun& run, int exit_code, const std::string& words) {
    EXPECT_EQ(run.exit_code, exit_code) << run.err;
    EXPECT_THAT(run.err, HasSubstr(words));
    EXPECT_THAT(output_.entries(), ::testing::IsEmpty());
  }
};

TEST_F(ImportCheckpoint, AsksWhatTheGeneratorWasTrainedOn) {
  expect_refusal(import("generator_zip_half.pth", "encoder_legacy.pth"), kBadUse,
                 "say which: --audio-features ave|hubert");
}

TEST_F(ImportCheckpoint, HubertNeedsANetworkForItsFeatures) {
  expect_refusal(
      import("generator_zip_half.pth", "encoder_legacy.pth", {"--audio-features", "hubert"}), kBadAvatar,
      "encoder_legacy.pth: feature network: its input is [batch,1,80,16], expected one input [1,S]");
}

TEST_F(ImportCheckpoint, RefusesAMaliciousFileByName) {
  expect_refusal(import("malicious_zip.pth", "encoder_legacy.pth", {"--audio-features", "ave"}), kBadInput,
                 "malicious_zip.pth: data.pkl, byte 17: names the callable 'posix.system'");
}

TEST_F(ImportCheckpoint, RefusesTorchScript) {
  expect_refusal(import("torchscript.pt", "encoder_legacy.pth", {"--audio-features", "ave"}), kBadInput,
                 "is TorchScript");
}

TEST_F(ImportCheckpoint, RefusesSwappedNetworks) {
  expect_refusal(import("encoder_legacy.pth", "generator_zip_half.pth", {"--audio-features", "ave"}),
                 kBadInput, "holds SyncTalk_2D's audio encoder; give the generator");
}

// The golden encoder is too narrow for an avatar: both are converted, then their shapes are compared.
TEST_F(ImportCheckpoint, ConvertsBothAndNamesTheCheckpointWhereTheyDoNotFit) {
  const auto run = import("generator_zip_half.pth", "encoder_legacy.pth", {"--audio-features", "ave"});
  expect_refusal(
      run, kBadAvatar,
      "error: tests/golden/checkpoints/encoder_legacy.pth: gives windows of 512 values, expected 8192");
  EXPECT_THAT(run.err, ::testing::Not(HasSubstr(".onnx")));
}

}  // namespace
}  // namespace framegen::test
