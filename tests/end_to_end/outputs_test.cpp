// outputs_test.cpp: every kind of output is whole, every way of computing gives the same frames.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/files.hpp"
#include "core/npy.hpp"
#include "core/sha256.hpp"
#include "mini_avatar.hpp"
#include "support/random.hpp"

namespace framegen::test {
namespace {

using ::testing::HasSubstr;

constexpr int kFrames = 36;  // of the golden speech

class Outputs : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  // Renders with these words added; returns the hash file's text.
  std::string hashes(std::vector<std::string> words) {
    const auto hash = folder_ / "hash.txt";
    words.insert(words.begin(), {"render", "--avatar", mini_avatar().string(), "--audio", golden_speech(),
                                 "--hash", hash.string(), "--no-cache", "-y"});
    const auto run = framegen(words);
    EXPECT_EQ(run.exit_code, 0) << run.err;
    const auto text = read_text_file(hash);
    return text ? *text : "";
  }
};

TEST_F(Outputs, AreTheSameInEveryModeWithAnyThreadsAndBatch) {
  const std::string expected = hashes({"--backend", "onnxruntime", "--mode", "sequential"});
  ASSERT_THAT(expected, HasSubstr("all "));
  const std::vector<std::vector<std::string>> ways = {
      {"--mode", "mutex", "--threads", "3"},
      {"--mode", "session-pool", "--threads", "2", "--batch", "15"},
      {"--mode", "session-pool", "--threads", "1", "--batch", "4"},
      {"--mode", "shared-session", "--threads", "4"},
      {"--mode", "shared-session", "--threads", "1"}};
  for (auto words : ways) {
    SCOPED_TRACE(::testing::PrintToString(words));
    words.insert(words.end(), {"--backend", "onnxruntime"});
    EXPECT_EQ(hashes(words), expected);
  }
}

TEST_F(Outputs, DifferByOneAtMostBetweenInstructionSets) {
  const std::string best = (folder_ / "best").string();
  const auto render = [&](const std::string& folder, std::vector<std::string> more) {
    std::vector<std::string> words{
        "render",   "--avatar", mini_avatar().string(), "--audio",   golden_speech(), "--frames-dir", folder,
        "--frames", "3",        "--no-cache",           "--backend", "native"};
    words.insert(words.end(), more.begin(), more.end());
    return framegen(words);
  };
  ASSERT_EQ(render(best, {}).exit_code, 0);
  int sets = 0;
  for (const std::string set : {"scalar", "sse4", "avx2", "avx3", "amx", "neon"}) {
    SCOPED_TRACE(set);
    const std::string folder = (folder_ / set).string();
    const auto run = render(folder, {"--cpu", set});
    if (run.exit_code == 2) continue;  // not of this machine
    ++sets;
    ASSERT_EQ(run.exit_code, 0) << run.err;
    const auto compared = framegen({"compare", best, folder, "--max-diff", "1"});
    EXPECT_EQ(compared.exit_code, 0) << compared.out;
  }
  EXPECT_GE(sets, 2);
}

// The signal comes once pictures are being written, and twice, as from coreutils' timeout.
TEST_F(Outputs, LeaveNothingHalfWhenTheUserStopsThem) {
  write_wav(folder_ / "minutes.wav", test::random_floats(16000 * 300, -0.3F, 0.3F, 1));
  const std::string script =
      R"("$@" & program=$!
         for i in $(seq 600); do
           ls "$FOLDER"/.frames.partial-*/*.png >/dev/null 2>&1 && break
           sleep 0.1
         done
         kill -s "$SIGNAL" $program && kill -s "$SIGNAL" $program
         wait $program)";
  for (const std::string signal : {"INT", "TERM", "HUP"}) {
    SCOPED_TRACE(signal);
    const auto run = run_program({"env",
                                  "SIGNAL=" + signal,
                                  "FOLDER=" + folder_.path().string(),
                                  "sh",
                                  "-c",
                                  script,
                                  "sh",
                                  FRAMEGEN_PROGRAM,
                                  "render",
                                  "--avatar",
                                  mini_avatar().string(),
                                  "--audio",
                                  folder_ / "minutes.wav",
                                  "--no-cache",
                                  "-o",
                                  folder_ / "speaks.mp4",
                                  "--frames-dir",
                                  folder_ / "frames",
                                  "--hash",
                                  folder_ / "hash.txt",
                                  "--raw",
                                  folder_ / "frames.bgr"});
    EXPECT_EQ(run.exit_code, 130) << run.err;
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
    EXPECT_EQ(folder_.entries(), std::vector<std::string>{"minutes.wav"});
  }
}

TEST_F(Outputs, OfARangeAreTheWholesOwnFrames) {
  const std::string whole = hashes({});
  const std::string part = hashes({"--range", "10:20"});
  std::istringstream lines(whole);
  std::vector<std::string> all;
  for (std::string line; std::getline(lines, line);) all.push_back(line.substr(line.find(' ') + 1));
  std::istringstream part_lines(part);
  for (std::size_t i = 10; i < 20; ++i) {
    std::string line;
    ASSERT_TRUE(std::getline(part_lines, line));
    EXPECT_EQ(line.substr(line.find(' ') + 1), all[i]) << "frame " << i;
  }
}

TEST_F(Outputs, RawFramesOnAPipeAreTheHashedOnes) {
  const auto raw = folder_ / "frames.bgr";
  const auto run = framegen({"render", "--avatar", mini_avatar().string(), "--audio", golden_speech(),
                             "--raw", "-", "--hash", (folder_ / "hash.txt").string(), "--no-cache"},
                            raw);
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto bytes = *read_file(raw);
  ASSERT_EQ(bytes.size(), std::size_t{640} * 360 * 3 * kFrames);
  EXPECT_THAT(*read_text_file(folder_ / "hash.txt"), HasSubstr("all " + sha256_hex(bytes)));
}

TEST_F(Outputs, TheVideoHasAllFramesAndItsSound) {
  const auto mp4 = folder_ / "out.mp4";
  const auto run = framegen({"render", "--avatar", mini_avatar().string(), "--audio", golden_speech(), "-o",
                             mp4.string(), "--report", (folder_ / "report.json").string(), "--no-cache"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto probe =
      run_program({"ffprobe", "-v", "error", "-count_frames", "-show_streams", "-of", "json", mp4.string()});
  ASSERT_EQ(probe.exit_code, 0) << probe.err;
  const auto streams = nlohmann::json::parse(probe.out)["streams"];
  ASSERT_EQ(streams.size(), 2u);
  EXPECT_EQ(streams[0]["codec_name"], "h264");
  EXPECT_EQ(streams[0]["nb_read_frames"], std::to_string(kFrames));
  EXPECT_EQ(streams[1]["codec_name"], "aac");
  const auto report = nlohmann::json::parse(*read_text_file(folder_ / "report.json"));
  EXPECT_EQ(report["frames"], kFrames);
  EXPECT_GT(report["frames_per_second"], 0);
}

TEST_F(Outputs, TheReportHasTheOptionsInTheUsersWords) {
  for (const auto& [option, words] : std::vector<std::pair<std::string, std::vector<std::string>>>{
           {"precision", {"fp32", "bf16", "auto"}},
           {"image-parts", {"keep", "once", "what-pays"}},
           {"mode", {"sequential", "mutex", "session-pool", "shared-session"}}})
    for (const std::string& word : words) {
      SCOPED_TRACE(option + " " + word);
      std::vector<std::string> all = {"render",  "--avatar",      mini_avatar().string(),
                                      "--audio", golden_speech(), "--frames",
                                      "1",       "--hash",        (folder_ / "hash.txt").string(),
                                      "-y",      "--no-cache",    "--report",
                                      "-",       "--" + option,   word};
      if (option == "mode") all.insert(all.end(), {"--backend", "onnxruntime"});
      const auto run = framegen(all);
      ASSERT_EQ(run.exit_code, 0) << run.err;
      const auto report = nlohmann::json::parse(run.out, nullptr, false);
      ASSERT_TRUE(report.is_object()) << run.out;
      EXPECT_EQ(report["options"][option == "image-parts" ? "image_parts" : option], word);
    }
}

// The golden template without its last column and row.
std::filesystem::path odd_avatar(const TemporaryFolder& folder) {
  const std::filesystem::path golden = "tests/golden/pipeline/dataset", odd = folder / "odd";
  std::filesystem::create_directories(odd / "full_body_img");
  std::filesystem::copy(golden / "landmarks", odd / "landmarks");
  for (const auto& entry : std::filesystem::directory_iterator(golden / "full_body_img")) {
    const auto cut = run_program({"ffmpeg", "-v", "error", "-i", entry.path().string(), "-vf",
                                  "format=bgr24,crop=iw-1:ih-1:0:0:exact=1", "-pix_fmt", "yuvj444p",
                                  (odd / "full_body_img" / entry.path().filename()).string()});
    EXPECT_EQ(cut.exit_code, 0) << cut.err;
  }
  const auto run = framegen({"import", "--dataset", odd.string(), "--generator",
                             (mini_avatar() / "generator.onnx").string(), "--audio-encoder",
                             (mini_avatar() / "audio_encoder.onnx").string(), "--name", "odd", "-o",
                             (folder / "avatar").string()});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  return folder / "avatar";
}

// 4:2:0 has no odd sizes: the edges are doubled, and that is said. Lossless, so that pixels can be compared.
TEST_F(Outputs, AnOddSizeLosesNothingInAVideo) {
  constexpr std::size_t kWidth = 639, kHeight = 359;
  const std::string video = (folder_ / "odd.mp4").string(), raw = (folder_ / "odd.y4m").string();
  const auto run = framegen({"render", "--avatar", odd_avatar(folder_).string(), "--audio", golden_speech(),
                             "--no-cache", "--frames", "2", "--crf", "0", "-o", video, "--raw", raw,
                             "--raw-format", "y4m", "--report", (folder_ / "report.json").string()});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("odd.mp4: is 640×360, because H.264 has even sizes: the edges of 639×359"));
  const auto report = nlohmann::json::parse(*read_text_file(folder_ / "report.json"));
  EXPECT_EQ(report["video"]["width"], kWidth + 1);
  EXPECT_EQ(report["video"]["height"], kHeight + 1);
  const std::string y4m = *read_text_file(raw);
  ASSERT_THAT(y4m, ::testing::StartsWith("YUV4MPEG2 W639 H359 "));
  const std::string expected = y4m.substr(y4m.find("FRAME\n") + 6, kWidth * kHeight);
  const std::string luma = run_program({"ffmpeg", "-v", "error", "-i", video, "-frames:v", "1", "-f",
                                        "rawvideo", "-pix_fmt", "yuv420p", "-"})
                               .out.substr(0, (kWidth + 1) * (kHeight + 1));
  ASSERT_EQ(luma.size(), (kWidth + 1) * (kHeight + 1));
  std::size_t different = 0;
  for (std::size_t y = 0; y <= kHeight; ++y)
    for (std::size_t x = 0; x <= kWidth; ++x)
      different +=
          luma[y * (kWidth + 1) + x] != expected[std::min(y, kHeight - 1) * kWidth + std::min(x, kWidth - 1)];
  EXPECT_EQ(different, 0u);
}

TEST_F(Outputs, NumberedImagesAreAllThere) {
  const auto frames = folder_ / "frames";
  const auto run = framegen({"render", "--avatar", mini_avatar().string(), "--audio", golden_speech(),
                             "--frames-dir", frames.string(), "--frames", "5", "--no-cache"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(frames), {}), 5);
}

TEST_F(Outputs, TheExampleProgramSpeaks) {
  std::ofstream(folder_ / "second.f32", std::ios::binary) << std::string(4 * 16000, '\0');
  const auto run = run_program({FRAMEGEN_EXAMPLE, mini_avatar().string(), (folder_ / "second.f32").string()});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.out, "24 pictures of 640×360\n");  // N of 16,000 samples: docs/reference.md §3
}

TEST_F(Outputs, OfAPackageComeFromItsOwnPictures) {
  // The golden data set, cut beforehand: the inner pictures black, their masked copies white, faces into the
  // same boxes.
  const auto package = folder_ / "package";
  std::filesystem::create_directories(package / "models");
  std::filesystem::create_directories(package / "cache");
  for (const char* model : {"generator.onnx", "audio_encoder.onnx"})
    std::filesystem::copy(mini_avatar() / model, package / "models" / model);
  std::filesystem::copy("tests/golden/pipeline/dataset/full_body_img", package / "full_body_img");
  std::string rectangles;
  for (const auto& [name, colour] : {std::pair("rois_320", "black"), std::pair("model_inputs", "white")}) {
    std::filesystem::create_directories(package / name);
    for (int i = 0; i < 12; ++i) {
      const auto picture = run_program(
          {"ffmpeg", "-v", "error", "-f", "lavfi", "-i", std::string("color=") + colour + ":s=320x320",
           "-frames:v", "1", "-q:v", "2", (package / name / (std::to_string(i) + ".jpg")).string()});
      ASSERT_EQ(picture.exit_code, 0) << picture.err;
    }
  }
  for (int i = 0; i < 12; ++i)
    rectangles +=
        (i ? ", " : "") + std::string("\"") + std::to_string(i) + "\": {\"rect\": [200, 70, 400, 270]}";
  ASSERT_TRUE(write_file(package / "cache" / "crop_rectangles.json", "{" + rectangles + "}").ok());
  const auto avatar = (folder_ / "avatar").string();
  const auto import = framegen({"import", "--package", package.string(), "-o", avatar});
  ASSERT_EQ(import.exit_code, 0) << import.err;
  const auto dump = framegen({"dump", "--stage", "input", "--avatar", avatar, "--audio", golden_speech(),
                              "-o", (folder_ / "input.npy").string()});
  ASSERT_EQ(dump.exit_code, 0) << dump.err;
  const auto input = npy_values<float>(*read_npy(folder_ / "input.npy"));
  ASSERT_EQ(input->size(), std::size_t{6} * 320 * 320);
  EXPECT_LT((*input)[1000], 0.1f);
  EXPECT_GT((*input)[std::size_t{4} * 320 * 320], 0.9f);
  const auto render = framegen({"render", "--avatar", avatar, "--audio", golden_speech(), "--raw",
                                (folder_ / "out.bgr").string(), "--frames", "3"});
  EXPECT_EQ(render.exit_code, 0) << render.err;
}

}  // namespace
}  // namespace framegen::test
