// import_video_test.cpp: a film becomes an avatar that speaks; what is missing is told in words.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "import_fixture.hpp"
#include "mini_avatar.hpp"

namespace framegen::test {
namespace {

using ::testing::HasSubstr;

constexpr int kBadUse = 2, kBadInput = 3;

// The mini avatar's own speech as a film: 36 frames of 640×360 at 25 a second.
const std::filesystem::path& film() {
  static const TemporaryFolder folder;
  static const std::filesystem::path file = [] {
    const auto made = folder / "film.mp4";
    const auto run = framegen({"render", "--avatar", mini_avatar().string(), "--audio", golden_speech(), "-o",
                               made.string(), "--crf", "1"});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return made;
  }();
  return file;
}

class ImportVideo : public ImportTest {
 protected:
  ProgramRun import(const std::string& video, std::vector<std::string> more) {
    std::vector<std::string> words = {"import",
                                      "--video",
                                      video,
                                      "--generator",
                                      (mini_avatar() / "generator.onnx").string(),
                                      "--audio-encoder",
                                      (mini_avatar() / "audio_encoder.onnx").string(),
                                      "-o",
                                      (output_ / "avatar").string()};
    words.insert(words.end(), more.begin(), more.end());
    return framegen(words);
  }
};

TEST_F(ImportVideo, AFilmWithAFixedBoxSpeaks) {
  const auto run = import(film().string(), {"--box", "200,60,180", "--name", "filmed"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto json = manifest();
  EXPECT_EQ(json["name"], "filmed");
  EXPECT_EQ(json["frames"].size(), 36U);
  EXPECT_EQ(json["boxes"].size(), 36U);
  EXPECT_EQ(json["boxes"][35], nlohmann::json({200, 60, 180}));
  EXPECT_TRUE(std::filesystem::exists(output_ / "avatar" / "frames" / "frame_000035.jpg"));
  const auto spoken = framegen({"render", "--avatar", (output_ / "avatar").string(), "--audio",
                                golden_speech(), "--hash", (output_ / "hashes").string()});
  EXPECT_EQ(spoken.exit_code, 0) << spoken.err;
}

TEST_F(ImportVideo, AnotherAvatarsBoxesAreSmoothedAndFramesKeptWithoutLoss) {
  std::ofstream(output_ / "boxes.csv") << [] {
    std::string rows = "frame,x,y,size\n";
    for (int i = 0; i < 36; ++i) rows += std::to_string(i) + "," + (i % 2 == 0 ? "200" : "206") + ",60,180\n";
    return rows;
  }();
  const auto run = import(film().string(), {"--boxes", (output_ / "boxes.csv").string(), "--smooth", "5",
                                            "--frame-format", "png"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  for (int i = 2; i < 34; ++i) EXPECT_EQ(manifest()["boxes"][static_cast<std::size_t>(i)][0], 203);
  EXPECT_TRUE(std::filesystem::exists(output_ / "avatar" / "frames" / "frame_000000.png"));
}

TEST_F(ImportVideo, TheCheckSaysWhatLooksWrongAsJsonToo) {
  ASSERT_EQ(import(film().string(), {"--box", "200,60,180"}).exit_code, 0);
  const auto run = framegen({"inspect", (output_ / "avatar").string(), "--check", "--json"});
  ASSERT_EQ(run.exit_code, 1) << run.err;  // a seeded network is noise
  const auto facts = nlohmann::json::parse(run.out);
  EXPECT_EQ(facts["frames_rendered_in_silence"], 10);
  EXPECT_EQ(facts["box_jitter_pixels"], 0);
  ASSERT_FALSE(facts["warnings"].empty());  // the network's weights are noise
  EXPECT_FALSE(facts["warnings"][0]["advice"].get<std::string>().empty());
  const auto words = framegen({"inspect", (output_ / "avatar").string(), "--check"});
  EXPECT_THAT(words.err, HasSubstr("warning: " + facts["warnings"][0]["what"].get<std::string>()));
}

TEST_F(ImportVideo, TheBoxesOfTheFirstFramesDoNotDo) {
  expect_refusal(import(film().string(), {"--landmarks", "tests/golden/pipeline/dataset/landmarks"}),
                 kBadInput, "landmarks/12.lms: ");
}

TEST_F(ImportVideo, SoundAloneIsNoFilm) {
  expect_refusal(import(golden_speech(), {"--box", "1,1,9"}), kBadInput,
                 "speech.wav: has no picture that can be decoded");
}

TEST_F(ImportVideo, PicturesThatNoCameraMakesAreRefusedBeforeMemoryIsTaken) {
  const TemporaryFolder folder;
  const std::string wide = (folder / "wide.mov").string();
  const auto made = run_program({"ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=s=16402x16",
                                 "-frames:v", "2", "-c:v", "png", wide});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  expect_refusal(import(wide, {"--box", "0,0,16"}), kBadInput,
                 "wide.mov: has pictures of 16402×16 pixels, more than 16384 a side");
}

TEST_F(ImportVideo, ABoxOutsideIsTold) {
  expect_refusal(import(film().string(), {"--box", "-3,60,180"}), kBadInput,
                 "--box: frame 0: face box at x -3, y 60 begins left of or above the 640×360 picture");
  expect_refusal(import(film().string(), {"--box", "700,60,180"}), kBadInput,
                 "lies outside the 640×360 picture");
}

TEST_F(ImportVideo, WordsThatDoNotFitTogetherAreRefused) {
  expect_refusal(import(film().string(), {"--box", "1,2,3", "--landmarks", "x"}), kBadUse,
                 "the face's place is given twice");
  expect_refusal(import(film().string(), {"--box", "1,2"}), kBadUse, "--box 1,2: is not three whole numbers");
  expect_refusal(import(film().string(), {"--dataset", "tests/golden/pipeline/dataset"}), kBadUse,
                 "contradict each other");
  expect_refusal(framegen({"import", "--dataset", "tests/golden/pipeline/dataset", "--box", "1,2,3", "-o",
                           (output_ / "avatar").string()}),
                 kBadUse, "--box needs --video");
}

}  // namespace
}  // namespace framegen::test
