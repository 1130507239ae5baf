// bad_input_test.cpp: whatever a user brings, framegen answers with one clear line and the contracted exit
// code, and leaves nothing behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/crew.hpp"
#include "core/files.hpp"
#include "mini_avatar.hpp"

namespace framegen::test {
namespace {

using ::testing::HasSubstr;

constexpr int kBadUse = 2, kBadInput = 3, kBadAvatar = 4, kBadOutput = 5;

// One error line that holds `words`, this exit code, and an empty output folder.
void expect_refusal(const ProgramRun& run, int exit_code, const std::string& words,
                    const TemporaryFolder& output) {
  EXPECT_EQ(run.exit_code, exit_code) << run.err;
  const std::size_t error = run.err.find("error: ");
  ASSERT_NE(error, std::string::npos) << run.err;
  EXPECT_THAT(run.err.substr(error), HasSubstr(words));
  EXPECT_EQ(std::count(run.err.begin() + static_cast<std::ptrdiff_t>(error), run.err.end(), '\n'), 1)
      << run.err;
  EXPECT_THAT(output.entries(), ::testing::IsEmpty());
}

class BadInput : public ::testing::Test {
 protected:
  TemporaryFolder input_, output_;
  std::string mp4_ = (output_ / "out.mp4").string();

  ProgramRun render(const std::filesystem::path& audio, const std::filesystem::path& avatar = mini_avatar()) {
    return framegen(
        {"render", "--avatar", avatar.string(), "--audio", audio.string(), "-o", mp4_, "--no-cache"});
  }
  std::filesystem::path file(const std::string& name, const std::string& text) {
    std::ofstream(input_ / name, std::ios::binary) << text;
    return input_ / name;
  }
  void truncate(const std::filesystem::path& path, double share) {
    std::filesystem::resize_file(
        path, static_cast<std::uintmax_t>(static_cast<double>(std::filesystem::file_size(path)) * share));
  }
  nlohmann::json manifest(const std::filesystem::path& avatar) {
    return nlohmann::json::parse(*read_text_file(avatar / "avatar.json"));
  }
  void write(const std::filesystem::path& avatar, const nlohmann::json& json) {
    ASSERT_TRUE(write_file(avatar / "avatar.json", json.dump()).ok());
  }
};

// Reads the mini avatar's raw frames to their end; behind the first one all files of `folder` are cut to
// nothing.
void read_and_cut(const std::filesystem::path& pipe, const std::filesystem::path& folder) {
  std::ifstream frames(pipe, std::ios::binary);
  std::vector<char> frame(640 * 360 * 3);
  frames.read(frame.data(), std::ssize(frame));
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.is_regular_file()) std::filesystem::resize_file(entry.path(), 0);
  while (frames.read(frame.data(), std::ssize(frame))) {
  }
}

// As `cp` over a running avatar does. The reader of the frames holds the render until the files are cut.
TEST_F(BadInput, AFileCutShortWhileItIsInUseEndsTheRenderWithOneLine) {
  const auto avatar = copy_of_mini_avatar(input_);
  const std::vector<std::string> words = {
      "render", "--avatar", avatar.string(), "--audio", golden_speech(), "--threads", "1"};
  auto into = [&](const std::string& option, const std::string& value) {
    auto all = words;
    all.insert(all.end(), {option, value});
    return all;
  };
  ASSERT_EQ(framegen(into("--hash", (input_ / "hash.txt").string())).exit_code, 0);  // leaves a cache
  const auto pipe = input_ / "frames";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  Crew reader;
  reader.start([&] { read_and_cut(pipe, avatar / "cache"); });
  expect_refusal(framegen(into("--raw", "-"), pipe), kBadAvatar, "cut short", output_);
}

// The same of its pictures, which are read and not mapped: the one that is missing is named.
TEST_F(BadInput, APictureCutShortWhileOthersAreShownIsNamed) {
  const auto avatar = copy_of_mini_avatar(input_);
  const auto pipe = input_ / "frames";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  Crew reader;
  reader.start([&] { read_and_cut(pipe, avatar / "frames"); });
  const auto run = framegen({"render", "--avatar", avatar.string(), "--audio", golden_speech(), "--threads",
                             "1", "--no-cache", "--memory-mb", "1", "--raw", "-"},
                            pipe);
  expect_refusal(run, kBadAvatar, "frames/", output_);
}

// A wrong default is not replaced by another one in silence.
TEST_F(BadInput, ADefaultAvatarThatIsNotThereIsNamed) {
  const auto folder = input_ / "nobody";
  expect_refusal(run_program({"env", "FRAMEGEN_AVATAR=" + folder.string(), FRAMEGEN_PROGRAM, "render",
                              "--audio", golden_speech(), "-o", mp4_}),
                 kBadAvatar, folder.string(), output_);
}

TEST_F(BadInput, AMissingAudioFileIsNamed) {
  expect_refusal(render(input_ / "none.wav"), kBadInput, "none.wav", output_);
}

TEST_F(BadInput, ATextFileIsNoAudio) {
  expect_refusal(render(file("notes.txt", "These are notes, not sound.\n")), kBadInput, "notes.txt", output_);
}

TEST_F(BadInput, AnEmptyFileIsNoAudio) {
  expect_refusal(render(file("empty.wav", "")), kBadInput, "empty.wav", output_);
}

TEST_F(BadInput, ARecordingOfNoSamplesIsRefused) {
  write_wav(input_ / "silent.wav", {});
  expect_refusal(render(input_ / "silent.wav"), kBadInput, "silent.wav", output_);
}

TEST_F(BadInput, NotANumberAndInfinityAreRefused) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    std::vector<float> samples(16000, 0.1f);
    samples[7000] = bad;
    write_wav(input_ / "bad.wav", samples);
    expect_refusal(render(input_ / "bad.wav"), kBadInput, "bad.wav", output_);
  }
}

TEST_F(BadInput, ATwentiethOfASecondIsPaddedAndSaidSo) {
  write_wav(input_ / "tick.wav", std::vector<float>(800, 0.1f));
  const auto run = render(input_ / "tick.wav");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("silence was added"));
  EXPECT_THAT(output_.entries(), ::testing::ElementsAre("out.mp4"));
}

TEST_F(BadInput, AnMp3ThatIsNoMp3IsRefused) {
  expect_refusal(render(file("torn.mp3", std::string("\xff\xfb\x90\x44", 4) + std::string(40, '\0'))),
                 kBadInput, "torn.mp3", output_);
}

TEST_F(BadInput, AMissingAvatarIsNamed) {
  expect_refusal(render(golden_speech(), input_ / "nobody"), kBadAvatar, "nobody", output_);
}

TEST_F(BadInput, ATruncatedTemplateFrameIsNamed) {
  const auto avatar = copy_of_mini_avatar(input_);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(avatar))
    if (entry.path().filename() == "3.jpg") truncate(entry.path(), 0.4);
  expect_refusal(render(golden_speech(), avatar), kBadAvatar, "3.jpg", output_);
}

TEST_F(BadInput, ATruncatedGeneratorIsNamed) {
  const auto avatar = copy_of_mini_avatar(input_);
  truncate(avatar / "generator.onnx", 0.5);
  expect_refusal(render(golden_speech(), avatar), kBadAvatar, "generator.onnx", output_);
}

TEST_F(BadInput, SwappedNetworksAreToldByTheirShapes) {
  const auto avatar = copy_of_mini_avatar(input_);
  std::filesystem::rename(avatar / "generator.onnx", avatar / "x");
  std::filesystem::rename(avatar / "audio_encoder.onnx", avatar / "generator.onnx");
  std::filesystem::rename(avatar / "x", avatar / "audio_encoder.onnx");
  const auto run = render(golden_speech(), avatar);
  expect_refusal(run, kBadAvatar, "expected", output_);
}

TEST_F(BadInput, AMissingBoxIsTold) {
  const auto avatar = copy_of_mini_avatar(input_);
  auto json = manifest(avatar);
  json["boxes"].erase(json["boxes"].size() - 1);
  write(avatar, json);
  expect_refusal(render(golden_speech(), avatar), kBadAvatar, "boxes", output_);
}

TEST_F(BadInput, AnExtraBoxIsTold) {
  const auto avatar = copy_of_mini_avatar(input_);
  auto json = manifest(avatar);
  json["boxes"].push_back({1, 2, 30});
  write(avatar, json);
  expect_refusal(render(golden_speech(), avatar), kBadAvatar, "boxes", output_);
}

TEST_F(BadInput, ANegativeBoxIsToldWithItsPlace) {
  const auto avatar = copy_of_mini_avatar(input_);
  auto json = manifest(avatar);
  json["boxes"][4][0] = -3;
  write(avatar, json);
  expect_refusal(render(golden_speech(), avatar), kBadAvatar, "boxes[4]", output_);
}

TEST_F(BadInput, AFrameOfAnotherSizeIsNamed) {
  const auto avatar = copy_of_mini_avatar(input_);
  auto json = manifest(avatar);
  json["size"] = {652, 360};
  write(avatar, json);
  expect_refusal(render(golden_speech(), avatar), kBadAvatar, "652", output_);
}

TEST_F(BadInput, ABrokenManifestIsToldWithItsPlace) {
  const auto avatar = copy_of_mini_avatar(input_);
  ASSERT_TRUE(write_file(avatar / "avatar.json", "{\"version\": 1, ").ok());
  expect_refusal(render(golden_speech(), avatar), kBadAvatar, "avatar.json", output_);
}

TEST_F(BadInput, AnUnwritableOutputIsTold) {
  mp4_ = (output_ / "no" / "such" / "folder" / "out.mp4").string();
  expect_refusal(render(golden_speech()), kBadOutput, "folder", output_);
}

TEST_F(BadInput, AFullDiskIsTold) {
  const auto run = framegen({"render", "--avatar", mini_avatar().string(), "--audio", golden_speech(),
                             "--raw", "/dev/full", "--no-cache"});
  expect_refusal(run, kBadOutput, "/dev/full", output_);
}

TEST_F(BadInput, AClosedPipeIsTold) {
  const auto run =
      run_program({"bash", "-c",
                   std::string("{ ") + FRAMEGEN_PROGRAM + " render --avatar " + mini_avatar().string() +
                       " --audio " + golden_speech() + " --raw - --no-cache; echo $? >&2; } | head -c 1000"});
  EXPECT_THAT(run.err, HasSubstr("error: "));
  EXPECT_THAT(run.err, ::testing::EndsWith("5\n"));
}

TEST_F(BadInput, ContradictionsOnTheCommandLineAreRefused) {
  const std::vector<std::vector<std::string>> wrong = {
      {"render"},
      {"render", "--audio", "x", "--threads", "-1"},
      {"render", "--audio", "x", "--frames", "3", "--range", "1:2"},
      {"render", "--audio", golden_speech(), "--range", "9:3", "--avatar", mini_avatar().string()},
      {"sing"}};
  for (const auto& words : wrong) {
    SCOPED_TRACE(::testing::PrintToString(words));
    expect_refusal(framegen(words), kBadUse, "", output_);
  }
}

TEST_F(BadInput, ARangeBehindTheSpeechIsRefused) {
  const auto run = framegen({"render", "--avatar", mini_avatar().string(), "--audio", golden_speech(), "-o",
                             mp4_, "--range", "900:910", "--no-cache"});
  expect_refusal(run, kBadUse, "starts at frame 900, and the speech has 36 frames", output_);
}

TEST_F(BadInput, AStartFrameBehindTheLoopIsRefused) {
  const auto run = framegen({"render", "--avatar", mini_avatar().string(), "--audio", golden_speech(), "-o",
                             mp4_, "--start-frame", "12", "--no-cache"});
  expect_refusal(run, kBadUse, "11", output_);
}

}  // namespace
}  // namespace framegen::test
