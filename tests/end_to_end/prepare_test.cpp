// prepare_test.cpp: a film's parts are computed once, found again, and never believed blindly.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/files.hpp"
#include "core/sha256.hpp"
#include "mini_avatar.hpp"
#include "support/program.hpp"

namespace framegen::test {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class Prepare : public ::testing::Test {
 protected:
  ProgramRun prepare(const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{"prepare", "--avatar", avatar_.string()};
    words.insert(words.end(), more.begin(), more.end());
    return framegen(words);
  }
  // The report's counts of image parts; the pictures' hashes go to `hash_`.
  nlohmann::json render(const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{
        "render", "--avatar", avatar_.string(),     "--audio",  golden_speech(),        "--backend", "native",
        "-y",     "--hash",   folder_ / "hash.txt", "--report", folder_ / "report.json"};
    words.insert(words.end(), more.begin(), more.end());
    const auto run = framegen(words);
    EXPECT_EQ(run.exit_code, 0) << run.err;
    hash_ = *read_text_file(folder_ / "hash.txt");
    return nlohmann::json::parse(*read_text_file(folder_ / "report.json"))["image_parts"];
  }
  std::vector<fs::path> parts() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(avatar_ / "cache"))
      if (entry.path().extension() == ".bin") found.push_back(entry.path());
    return found;
  }
  TemporaryFolder folder_;
  fs::path avatar_ = copy_of_mini_avatar(folder_);
  std::string hash_;
};

TEST_F(Prepare, ComputesOnceWhatFacesThenReadFromTheDisk) {
  const auto kept = render({"--image-parts", "keep", "--no-cache"});
  const std::string expected = hash_;
  const auto run = prepare();
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("template frames of "));
  ASSERT_FALSE(parts().empty());
  const auto prepared = render();
  EXPECT_EQ(prepared["computed"], 0);
  EXPECT_EQ(prepared["at_once"], 0);
  EXPECT_GT(prepared["from_disk"], 0);
  EXPECT_EQ(hash_, expected);
  EXPECT_THAT(prepare().out, HasSubstr(" 0 of them now"));  // it would go on where it stopped
}

TEST_F(Prepare, WritesAnewWhatWasCutAndIgnoresItMeanwhile) {
  ASSERT_EQ(prepare().exit_code, 0);
  render();
  const std::string expected = hash_;
  fs::resize_file(parts().front(), 5000);
  render({"--image-parts", "keep"});
  EXPECT_EQ(hash_, expected);
  fs::resize_file(parts().front(), 5000);
  EXPECT_THAT(prepare().out, HasSubstr(" 1 of them now"));
}

TEST_F(Prepare, BelievesNothingThatOtherWeightsMade) {
  ASSERT_EQ(prepare().exit_code, 0);
  const std::size_t before = parts().size();
  ASSERT_GT(before, 0U);
  const fs::path other = folder_ / "other";
  ASSERT_EQ(framegen({"synth-model", "--arch", "synctalk328", "--width", "0.5", "--seed", "7", "-o", other})
                .exit_code,
            0);
  auto manifest = nlohmann::json::parse(*read_text_file(avatar_ / "avatar.json"));
  auto& generator = manifest["models"]["generator"];
  fs::copy_file(other / "generator.onnx", avatar_ / generator["file"].get<std::string>(),
                fs::copy_options::overwrite_existing);
  generator["sha256"] = sha256_hex(*read_file(other / "generator.onnx"));
  ASSERT_TRUE(write_file(avatar_ / "avatar.json", manifest.dump()));
  EXPECT_EQ(render({"--image-parts", "keep"})["from_disk"], 0);
  const std::string believed_nothing = hash_;
  render({"--image-parts", "keep", "--no-cache"});
  EXPECT_EQ(hash_, believed_nothing);
  ASSERT_EQ(prepare().exit_code, 0);
  EXPECT_GE(parts().size(), 2 * before) << "the other weights' parts are theirs";
  EXPECT_GT(render()["from_disk"], 0);
}

TEST_F(Prepare, SaysOnceThatTheDiskIsFullAndUsesWhatIsThere) {
  ASSERT_EQ(prepare().exit_code, 0);
  const auto all = parts();
  ASSERT_GT(all.size(), 1U);
  const auto bytes = fs::file_size(all.front());
  fs::remove_all(avatar_ / "cache");
  const auto run = prepare({"--disk-mb", std::to_string((bytes + bytes / 2) / 1'000'000)});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(parts().size(), 1U);
  const auto first = run.err.find("has no room for");
  ASSERT_NE(first, std::string::npos) << run.err;
  EXPECT_EQ(run.err.find("has no room for", first + 1), std::string::npos) << run.err;
  EXPECT_GT(render()["from_disk"], 0);
}

TEST_F(Prepare, WantsRoomOnTheDisk) {
  const auto run = prepare({"--disk-mb", "0"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.err, HasSubstr("--disk-mb 0"));
  EXPECT_FALSE(fs::exists(avatar_ / "cache"));
  EXPECT_EQ(render({"--disk-mb", "0"})["from_disk"], 0);
  EXPECT_FALSE(fs::exists(avatar_ / "cache"));
}

}  // namespace
}  // namespace framegen::test
