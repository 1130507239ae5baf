// sacred_files_test.cpp: whatever names are mixed up, no command writes over what it reads, over another of
// its outputs, or over anything that was there before, unless it is told to.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "core/files.hpp"
#include "core/sha256.hpp"
#include "mini_avatar.hpp"

namespace framegen::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr int kBadUse = 2, kBadOutput = 5;

class SacredFiles : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  std::string wav_ = (folder_ / "speech.wav").string();
  std::string before_;

  void SetUp() override {
    fs::copy_file(golden_speech(), wav_);
    fs::create_symlink("speech.wav", folder_ / "link.mp4");
    fs::create_hard_link(wav_, folder_ / "hard.mkv");
    before_ = *file_sha256(wav_);
  }
  std::string file(const std::string& name) const { return (folder_ / name).string(); }
  void put(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  // The words, then what every render here needs.
  ProgramRun render(std::vector<std::string> words) {
    std::vector<std::string> all{"render", "--avatar", mini_avatar().string(), "--no-cache", "--frames", "2"};
    all.insert(all.end(), words.begin(), words.end());
    return framegen(all);
  }
  void expect_kept(const ProgramRun& run, int exit_code, const std::string& words) {
    EXPECT_EQ(run.exit_code, exit_code) << run.err;
    EXPECT_THAT(run.err, HasSubstr(words));
    EXPECT_EQ(*file_sha256(wav_), before_);
  }
};

TEST_F(SacredFiles, ARenderNeverWritesOverItsSpeech) {
  for (const std::string option : {"-o", "--hash", "--raw", "--report"})
    for (const std::string name : {"speech.wav", "link.mp4", "hard.mkv", "./speech.wav"}) {
      SCOPED_TRACE(option + " " + name);
      expect_kept(render({"--audio", wav_, option, file(name), "-y"}), kBadUse,
                  "is the same file as --audio");
    }
}

TEST_F(SacredFiles, ServesAuditLogIsNoFileOfItsAvatar) {
  const fs::path manifest = mini_avatar() / "avatar.json";
  const std::string held = *file_sha256(manifest);
  expect_kept(framegen({"serve", "--avatar", mini_avatar().string(), "--audit-log", manifest.string(),
                        "--port", "0"}),
              kBadUse, "is a file of --avatar");
  EXPECT_EQ(*file_sha256(manifest), held);
}

TEST_F(SacredFiles, TwoOutputsAreTwoFiles) {
  expect_kept(render({"--audio", wav_, "-o", file("a.mp4"), "--report", file("a.mp4")}), kBadUse,
              "is the same file as --output");
  expect_kept(render({"--audio", wav_, "--hash", "-", "--raw", "-"}), kBadUse, "written too");
  EXPECT_FALSE(fs::exists(folder_ / "a.mp4"));
}

TEST_F(SacredFiles, TheAvatarKeepsItsFiles) {
  const auto avatar = copy_of_mini_avatar(folder_);
  const std::string manifest = *file_sha256(avatar / "avatar.json");
  expect_kept(framegen({"render", "--avatar", avatar.string(), "--audio", wav_, "--report",
                        (avatar / "avatar.json").string(), "-y"}),
              kBadUse, "is a file of --avatar");
  EXPECT_EQ(*file_sha256(avatar / "avatar.json"), manifest);
}

TEST_F(SacredFiles, OtherCommandsKeepWhatTheyRead) {
  expect_kept(framegen({"dump", "--stage", "mel", "--audio", wav_, "-o", file("link.mp4"), "-y"}), kBadUse,
              "--audio");
  expect_kept(framegen({"compare", wav_, golden_speech(), "-o", file("hard.mkv"), "-y"}), kBadUse, "file");
  expect_kept(framegen({"compare", wav_, golden_speech(), "--report", wav_, "-y"}), kBadUse, "file");
  expect_kept(framegen({"join", wav_, "--audio", golden_speech(), "-o", wav_, "-y"}), kBadUse, "part");
  expect_kept(framegen({"join", golden_speech(), "--audio", wav_, "-o", wav_, "-y"}), kBadUse, "--audio");
  expect_kept(framegen({"bench", "--audio", wav_, "--json", wav_, "-y"}), kBadUse, "--audio");
}

TEST_F(SacredFiles, ABatchWritesOverNoSpeechAndNotOverItsJournal) {
  const std::vector<std::string> words{
      "batch",    file("jobs.jsonl"),     "-o",         folder_.path().string(),
      "--avatar", mini_avatar().string(), "--no-cache", "-y"};
  for (const std::string job : {R"({"audio":"speech.wav","output":"speech.wav"})",
                                R"({"audio":"speech.wav","output":"a.mp4","hash":"hard.mkv"})"}) {
    SCOPED_TRACE(job);
    put("jobs.jsonl", job + "\n");
    expect_kept(framegen(words), kBadUse, "line 1: ");
    EXPECT_FALSE(fs::exists(folder_ / "batch.jsonl"));
  }
  // A fault of this line alone: the journal is there for the others, and it is a journal.
  put("jobs.jsonl", R"({"audio":"speech.wav","output":"batch.jsonl"})");
  expect_kept(framegen(words), 1, "taken for a journal");
  EXPECT_EQ(fs::file_size(folder_ / "batch.jsonl"), 0u);
}

TEST_F(SacredFiles, WhatExistsIsReplacedWithYesAlone) {
  put("old.mp4", "precious");
  const std::vector<std::string> words{"--audio", wav_, "-o", file("old.mp4")};
  const auto with = [&](const std::string& more) {
    auto all = words;
    if (!more.empty()) all.push_back(more);
    return render(all);
  };
  expect_kept(with(""), kBadOutput, "exists, and was not replaced");
  expect_kept(with("-n"), kBadOutput, "exists, and was not replaced");
  EXPECT_EQ(*read_text_file(folder_ / "old.mp4"), "precious");
  EXPECT_EQ(with("-y").exit_code, 0);
  EXPECT_GT(fs::file_size(folder_ / "old.mp4"), 100u);
}

TEST_F(SacredFiles, AnEmptyFileMayAlwaysBeTaken) {
  put("made.txt", "");  // mktemp's
  EXPECT_EQ(render({"--audio", wav_, "--hash", file("made.txt")}).exit_code, 0);
}

TEST_F(SacredFiles, TheDefaultOutputIsAskedForToo) {
  put("out.mp4", "precious");
  const auto run = run_program({"sh", "-c", "cd \"$0\" && exec \"$@\"", folder_.path().string(),
                                fs::absolute(FRAMEGEN_PROGRAM).string(), "render", "--avatar",
                                mini_avatar().string(), "--no-cache", "--audio", wav_, "--frames", "3"});
  expect_kept(run, kBadOutput, "out.mp4");
  EXPECT_EQ(*read_text_file(folder_ / "out.mp4"), "precious");
}

TEST_F(SacredFiles, ALinkStaysALink) {
  put("target.mp4", "old");
  fs::create_symlink("target.mp4", folder_ / "latest.mp4");
  ASSERT_EQ(render({"--audio", wav_, "-o", file("latest.mp4"), "-y"}).exit_code, 0);
  EXPECT_TRUE(fs::is_symlink(folder_ / "latest.mp4"));
  EXPECT_GT(fs::file_size(folder_ / "target.mp4"), 100u);
}

TEST_F(SacredFiles, AReportThatCannotBeWrittenShowsBeforeTheWork) {
  const auto run = render({"--audio", wav_, "-o", file("a.mp4"), "--report", file("no/where/x.json")});
  expect_kept(run, kBadOutput, "there is no folder");
  EXPECT_FALSE(fs::exists(folder_ / "a.mp4"));
}

TEST_F(SacredFiles, ABatchTwiceAsksOrResumes) {
  put("jobs.txt", "speech.wav\n");
  const std::vector<std::string> words{"batch",    file("jobs.txt"),       "-o",        file("out"),
                                       "--avatar", mini_avatar().string(), "--no-cache"};
  ASSERT_EQ(framegen(words).exit_code, 0);
  expect_kept(framegen(words), kBadOutput, "--resume to go on");
  auto more = words;
  more.emplace_back("--resume");
  EXPECT_THAT(framegen(more).out, HasSubstr("1 whole before"));
  more.back() = "-y";
  EXPECT_THAT(framegen(more).out, HasSubstr("0 whole before"));
}

TEST_F(SacredFiles, NetworksAndCalibrationsAreReplacedWithYesAlone) {
  fs::create_directories(folder_ / "models");
  put("models/generator.onnx", "precious");
  expect_kept(framegen({"synth-model", "--width", "0.5", "-o", file("models")}), kBadOutput, "exists");
  EXPECT_EQ(*read_text_file(folder_ / "models/generator.onnx"), "precious");
  const auto avatar = copy_of_mini_avatar(folder_);
  std::ofstream(avatar / "calibration.json") << "precious";
  expect_kept(framegen({"calibrate", "--avatar", avatar.string(), "--audio", wav_}), kBadOutput, "exists");
}

}  // namespace
}  // namespace framegen::test
