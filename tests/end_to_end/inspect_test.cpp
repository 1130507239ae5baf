// inspect_test.cpp: what framegen inspect says of avatars, networks and sound is what they are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/files.hpp"
#include "mini_avatar.hpp"

namespace framegen::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::ordered_json;

Json facts_of(const std::string& path, const std::vector<std::string>& more = {}) {
  std::vector<std::string> words{"inspect", path, "--json"};
  words.insert(words.end(), more.begin(), more.end());
  const auto run = framegen(words);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  return Json::parse(run.out, nullptr, false);
}

void expect_refusal(const std::string& path, int exit_code, const std::string& words) {
  const auto run = framegen({"inspect", path});
  EXPECT_EQ(run.exit_code, exit_code) << run.out << run.err;
  EXPECT_THAT(run.err, HasSubstr(words));
  EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
}

TEST(Inspect, AnAvatarIsWhatItsManifestSays) {
  const TemporaryFolder folder;
  const auto avatar = copy_of_mini_avatar(folder);
  const auto manifest = Json::parse(*read_text_file(avatar / "avatar.json"));
  const auto facts = facts_of(avatar.string());
  EXPECT_EQ(facts["avatar"], manifest["name"]);
  EXPECT_EQ(facts["size"], manifest["size"]);
  EXPECT_EQ(facts["template_frames"], manifest["frames"].size());
  EXPECT_EQ(facts["generator"]["sha256"], manifest["models"]["generator"]["sha256"]);
  EXPECT_EQ(facts["generator"]["bytes"], std::filesystem::file_size(avatar / "generator.onnx"));
  EXPECT_EQ(facts["audio_encoder"]["bytes"], std::filesystem::file_size(avatar / "audio_encoder.onnx"));
  EXPECT_EQ(facts["image"]["mask"], manifest["image"]["mask"]);
  EXPECT_EQ(facts["audio"]["window"], manifest["audio"]["window"]);
  EXPECT_EQ(facts["cache_bytes"], 0);
  int left = 10'000, right = 0, top = 10'000, bottom = 0, smallest = 10'000, largest = 0;
  for (const auto& box : manifest["boxes"]) {
    const int x = box[0], y = box[1], side = box[2];
    left = std::min(left, x), right = std::max(right, x + side);
    top = std::min(top, y), bottom = std::max(bottom, y + side);
    smallest = std::min(smallest, side), largest = std::max(largest, side);
  }
  EXPECT_EQ(facts["face_boxes"]["span_x"], Json({left, right}));
  EXPECT_EQ(facts["face_boxes"]["span_y"], Json({top, bottom}));
  EXPECT_EQ(facts["face_boxes"]["sides"], Json({smallest, largest}));
  ASSERT_EQ(framegen({"prepare", "--avatar", avatar.string(), "-q"}).exit_code, 0);
  EXPECT_GT(facts_of(avatar.string())["cache_bytes"], 1'000'000);
}

// 12.19 million parameters and 4,886 million multiply-adds: the published network's own.
TEST(Inspect, ANetworkIsCountedAsItIsAndAsThePassesLeaveIt) {
  const TemporaryFolder folder;
  ASSERT_EQ(framegen({"synth-model", "-o", folder.path().string()}).exit_code, 0);
  const auto file = (folder / "generator.onnx").string();
  const auto facts = facts_of(file, {"--graph"});
  EXPECT_NEAR(facts["parameters"].get<double>(), 12.19e6, 0.05e6);
  EXPECT_NEAR(facts["million multiply-adds"].get<double>(), 4886, 5);
  std::vector<std::string> inputs;
  for (const auto& [name, shape] : facts["inputs"].items()) inputs.push_back(shape);
  EXPECT_THAT(inputs, ::testing::ElementsAre("[batch,6,320,320]", "[batch,32,16,16]"));
  EXPECT_THAT(facts["outputs"].dump(), HasSubstr("[batch,3,320,320]"));
  EXPECT_EQ(facts["operators"]["Resize"], 5);
  std::size_t nodes = 0;
  for (const auto& [name, count] : facts["operators"].items()) nodes += count.get<std::size_t>();
  EXPECT_EQ(facts["nodes"], nodes);
  EXPECT_FALSE(facts["passes"].empty());
  EXPECT_NE(facts["operators after"], facts["operators"]);
  EXPECT_FALSE(facts_of(file).contains("passes"));
}

TEST(Inspect, PeopleReadATableWithoutUnderscores) {
  const auto run = framegen({"inspect", mini_avatar().string()});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, AllOf(HasSubstr("template frames             12\n"), HasSubstr("640, 360\n"),
                             HasSubstr("face boxes\n  sides"), Not(HasSubstr("template_frames"))));
}

TEST(Inspect, AnAddressOfAFileIsThatFile) {
  const auto file = std::filesystem::absolute(golden_speech()).string();
  EXPECT_EQ(facts_of("file://" + file)["audio"], file);
  expect_refusal("https://example.org/a.wav", 3, "fetches nothing");
}

TEST(Inspect, WhatIsBrokenIsNamed) {
  const TemporaryFolder folder;
  expect_refusal((folder / "none.wav").string(), 3, "none.wav");
  std::ofstream(folder / "text.onnx") << "this is no network";
  expect_refusal((folder / "text.onnx").string(), 4, "text.onnx");
  const auto avatar = copy_of_mini_avatar(folder);
  std::filesystem::resize_file(avatar / "audio_encoder.onnx", 5000);
  expect_refusal(avatar.string(), 4, "audio_encoder.onnx");
  const auto check = framegen({"inspect", avatar.string(), "--check"});
  EXPECT_EQ(check.exit_code, 4) << check.out;
  EXPECT_THAT(check.err, HasSubstr("audio_encoder.onnx"));
}

TEST(Inspect, NothingLooksWrongWithTheDefaultAvatar) {
  const auto run = framegen({"inspect", "assets/avatars/ava", "--check"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out,
              AllOf(HasSubstr("frames rendered in silence  10\n"), HasSubstr("nothing looks wrong\n")));
  EXPECT_EQ(run.err, "");
}

}  // namespace
}  // namespace framegen::test
