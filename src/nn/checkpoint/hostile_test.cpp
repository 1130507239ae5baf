// hostile_test.cpp: damaged and malicious checkpoints give one clear error each; nothing is ever executed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/files.hpp"
#include "nn/checkpoint/checkpoint.hpp"
#include "support/golden.hpp"

namespace framegen {
namespace {

using ::testing::HasSubstr;

std::vector<std::uint8_t> file(const std::string& name) {
  auto bytes = read_file(test::golden("checkpoints/" + name));
  EXPECT_TRUE(bytes) << bytes.error().message();
  return bytes ? *bytes : std::vector<std::uint8_t>();
}

// The error's whole line, or the empty string where the file was read.
std::string refusal(std::span<const std::uint8_t> bytes) {
  const auto checkpoint = Checkpoint::parse(bytes, "x.pth");
  if (checkpoint) return "";
  EXPECT_EQ(checkpoint.error().code, ErrorCode::kBadInput);
  EXPECT_FALSE(checkpoint.error().remedy.empty()) << checkpoint.error().message();
  EXPECT_THAT(checkpoint.error().where, ::testing::StartsWith("x.pth"));
  return checkpoint.error().message();
}

TEST(HostileCheckpoint, ACallOfTheSystemIsRefusedByNameAndOffset) {
  EXPECT_THAT(refusal(file("malicious_zip.pth")),
              HasSubstr("x.pth: data.pkl, byte 17: names the callable 'posix.system', which is refused"));
  EXPECT_THAT(refusal(file("malicious_legacy.pth")),
              HasSubstr("names the callable 'posix.system', which is refused"));
}

TEST(HostileCheckpoint, TorchScriptIsRefusedWithAdvice) {
  EXPECT_THAT(
      refusal(file("torchscript.pt")),
      HasSubstr(
          "is TorchScript: a program, not a checkpoint of weights; in Python: torch.save(torch.jit.load("));
}

TEST(HostileCheckpoint, SmallOnesCutAtEveryByteAreRefused) {
  for (const char* name : {"layouts_zip.pth", "layouts_legacy.pth", "layouts_protocol4.pth"}) {
    const auto bytes = file(name);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      SCOPED_TRACE(std::string(name) + " cut at " + std::to_string(size));
      EXPECT_NE(refusal(std::span(bytes).first(size)), "");
    }
  }
}

TEST(HostileCheckpoint, LargeOnesCutAtEveryKibibyteAreRefused) {
  for (const char* name : {"generator_zip_half.pth", "encoder_legacy.pth"}) {
    const auto bytes = file(name);
    for (std::size_t size = 0; size < bytes.size(); size += 1024) {
      SCOPED_TRACE(std::string(name) + " cut at " + std::to_string(size));
      EXPECT_NE(refusal(std::span(bytes).first(size)), "");
    }
  }
}

// Every byte changed in three ways: read or refused, but no crash, no endless loop, no other kind of error.
TEST(HostileCheckpoint, AnyChangedByteIsSurvived) {
  for (const char* name : {"layouts_zip.pth", "layouts_legacy.pth", "layouts_protocol4.pth"}) {
    auto bytes = file(name);
    for (std::size_t at = 0; at < bytes.size(); ++at)
      for (const std::uint8_t change : {0x01, 0x80, 0xff}) {
        bytes[at] ^= change;
        if (const auto checkpoint = Checkpoint::parse(bytes, "x.pth"))
          for (const auto& [tensor, info] : checkpoint->tensors()) {
            std::vector<float> out(element_count(info.shape));
            static_cast<void>(checkpoint->read(tensor, out));
          }
        else
          refusal(bytes);
        bytes[at] ^= change;
      }
  }
}

TEST(HostileCheckpoint, OtherFilesAreNoCheckpoints) {
  EXPECT_THAT(refusal({}), HasSubstr("is no PyTorch checkpoint"));
  EXPECT_THAT(refusal(file("encoder_output.npy")), HasSubstr("is no PyTorch checkpoint"));
}

}  // namespace
}  // namespace framegen
