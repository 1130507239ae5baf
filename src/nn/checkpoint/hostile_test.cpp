// hostile_test.cpp: damaged and malicious checkpoints give one clear error each; nothing is ever executed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/files.hpp"
#include "nn/checkpoint/checkpoint.hpp"
#include "nn/checkpoint/test_archive.hpp"
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

// A checkpoint of one pickle and some storages.
std::vector<std::uint8_t> zipped(const std::string& pickle, std::vector<checkpoint::test::Part> more = {}) {
  std::vector<checkpoint::test::Part> parts{{"a/data.pkl", pickle}};
  parts.insert(parts.end(), more.begin(), more.end());
  const std::string file = checkpoint::test::archive(parts);
  return {file.begin(), file.end()};
}

std::string text(const std::string& value) { return "X" + checkpoint::test::little(value.size(), 4) + value; }

// {"w": tensor of `count` floats in the storage `key`, which is said to have `elements`}.
std::string one_tensor(const std::string& key, std::int64_t elements, std::int64_t count) {
  const auto number = [](std::int64_t n) {
    return "\x8a\x08" + checkpoint::test::little(static_cast<std::uint64_t>(n), 8);
  };
  return "\x80\x02}" + text("w") + "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") +
         "ctorch\nFloatStorage\n" + text(key) + text("cpu") + number(elements) + "tQ" + number(0) +
         number(count) + "\x85" + number(1) + "\x85\x89)tRs.";
}

TEST(HostileCheckpoint, ADictThatWrapsItselfEnds) {
  const std::string cycle = std::string("\x80\x02}q\x00", 5) + text("model") + std::string("h\x00s.", 4);
  EXPECT_THAT(refusal(zipped(cycle)), HasSubstr("its weights are wrapped deeper than 8 times"));
}

TEST(HostileCheckpoint, AListThatHoldsItselfIsNoStateDict) {
  EXPECT_THAT(refusal(zipped(std::string("\x80\x02]q\x00h\x00"
                                         "a.",
                                         9))),
              HasSubstr("does not hold a dict of tensors"));
}

TEST(HostileCheckpoint, ATensorIsReadWhereItsStorageHoldsIt) {
  EXPECT_EQ(refusal(zipped(one_tensor("0", 2, 2), {{"a/data/0", std::string(8, '\0')}})), "");
}

TEST(HostileCheckpoint, AHugeTensorInASmallFileIsRefusedBeforeItIsMade) {
  EXPECT_THAT(refusal(zipped(one_tensor("0", 1 << 28, 1 << 28), {{"a/data/0", std::string(8, '\0')}})),
              HasSubstr("storage '0' has 8 bytes, its tensors need 1073741824"));
  EXPECT_THAT(refusal(zipped(one_tensor("0", std::int64_t{1} << 40, std::int64_t{1} << 40))),
              HasSubstr("does not fit into its storage"));
}

TEST(HostileCheckpoint, AStoragesKeyLeadsNowhereElse) {
  for (const std::string key : {"../../etc/passwd", "/etc/passwd", "", "0/../0"})
    EXPECT_THAT(refusal(zipped(one_tensor(key, 2, 2), {{"a/data/0", std::string(8, '\0')}})),
                HasSubstr("is missing"));
}

TEST(HostileCheckpoint, ACompressedPickleIsNotUnpacked) {
  const std::string file = checkpoint::test::archive({{"a/data.pkl", "anything", 8}});
  EXPECT_THAT(refusal(std::vector<std::uint8_t>(file.begin(), file.end())),
              HasSubstr("'a/data.pkl' is compressed, which torch.save never does"));
}

TEST(HostileCheckpoint, OtherFilesAreNoCheckpoints) {
  EXPECT_THAT(refusal({}), HasSubstr("is no PyTorch checkpoint"));
  EXPECT_THAT(refusal(file("encoder_output.npy")), HasSubstr("is no PyTorch checkpoint"));
}

}  // namespace
}  // namespace framegen
