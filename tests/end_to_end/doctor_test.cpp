// doctor_test.cpp: a machine that works, and machines where something is broken.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "mini_avatar.hpp"

namespace framegen::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// `environment`: NAME=value words.
nlohmann::json doctor(int expected_exit_code, const std::vector<std::string>& environment = {}) {
  std::vector<std::string> command{"env"};
  command.insert(command.end(), environment.begin(), environment.end());
  command.insert(command.end(), {FRAMEGEN_PROGRAM, "doctor", "--json", "--avatar", mini_avatar().string()});
  const auto run = run_program(command);
  EXPECT_EQ(run.exit_code, expected_exit_code) << run.out << run.err;
  const auto json = nlohmann::json::parse(run.out, nullptr, false);
  EXPECT_TRUE(json.is_object()) << run.out;
  return json.is_object() ? json : nlohmann::json::object();
}

TEST(Doctor, FindsNothingWrongHere) {
  const auto seen = doctor(0);
  EXPECT_EQ(seen["works"], true);
  EXPECT_EQ(seen["problems"].size(), 0U);
  EXPECT_GE(seen["machine"]["cores"], 1);
  EXPECT_GT(seen["machine"]["memory_free_gb"], 0);
  EXPECT_FALSE(seen["machine"]["instruction_sets"].empty());
  EXPECT_THAT(seen["built_with"].get<std::string>(),
              ::testing::MatchesRegex(".+ [0-9.]+, OpenCV [0-9.]+, Highway [0-9.]+"));
  EXPECT_GE(seen["tried_on"].size(), 2U);
  EXPECT_EQ(seen["self_test"].size(), 9U);
  for (const auto& check : seen["self_test"]) EXPECT_EQ(check["passed"], true) << check;
}

// A library's providers whose devices are missing are facts, not faults; the loader of Vulkan is sent where
// there is nothing.
TEST(Doctor, AProviderThatDoesNotStartIsAFactWithItsReason) {
  const auto seen = doctor(0, {"VK_ICD_FILENAMES=/nowhere.json", "VK_DRIVER_FILES=/nowhere.json"});
  EXPECT_TRUE(seen["gpus"].is_array());
  ASSERT_TRUE(seen["gpu_providers"].is_object());
  for (const auto& [name, provider] : seen["gpu_providers"].items()) {
    EXPECT_TRUE(provider["works"].is_boolean()) << name;
    EXPECT_FALSE(provider["seen"].get<std::string>().empty()) << name;
  }
  if (!seen["gpu_providers"].contains("webgpu")) GTEST_SKIP() << "this ONNX Runtime has no WebGPU";
  EXPECT_EQ(seen["gpu_providers"]["webgpu"]["works"], false);
}

TEST(Doctor, SaysInPlainWordsWhichFileOfAnAvatarIsBroken) {
  const TemporaryFolder folder;
  const auto avatar = copy_of_mini_avatar(folder);
  std::filesystem::resize_file(avatar / "generator.onnx", 1000);
  const auto run = framegen({"doctor", "--avatar", avatar.string()});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.out, HasSubstr("wrong: avatar speaks: "));
  EXPECT_THAT(run.out, HasSubstr("generator.onnx"));
  EXPECT_THAT(run.out, HasSubstr("install the avatar again"));
  EXPECT_THAT(run.out, Not(HasSubstr("works here")));
}

TEST(Doctor, ReportsWhatItTestsWithAndWhatIsMissing) {
  const auto seen = doctor(0, {"FRAMEGEN_CPU=sse4", "FRAMEGEN_ONNXRUNTIME=/nowhere/libonnxruntime.so"});
  EXPECT_EQ(seen["onnxruntime"], "missing");
  EXPECT_THAT(seen["advice"].dump(), HasSubstr("/nowhere/libonnxruntime.so"));
  EXPECT_THAT(seen["advice"].dump(), HasSubstr("unset FRAMEGEN_CPU"));
}

TEST(Doctor, CallsAnUnknownInstructionSetWrong) {
  const auto seen = doctor(1, {"FRAMEGEN_CPU=avx9"});
  EXPECT_EQ(seen["works"], false);
  EXPECT_THAT(seen["problems"].dump(), HasSubstr("avx9"));
}

TEST(Doctor, NoticesThatVideosCannotBeWritten) {
  const auto seen = doctor(1, {"TMPDIR=/nowhere"});
  EXPECT_THAT(seen["problems"].dump(), HasSubstr("H.264 video"));
}

}  // namespace
}  // namespace framegen::test
