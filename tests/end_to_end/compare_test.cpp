// compare_test.cpp: framegen compare as a check in scripts: its table, its report, its exit codes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/files.hpp"
#include "mini_avatar.hpp"

namespace framegen::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Json = nlohmann::json;

class Compare : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  // Grey pictures; in the second of "spot" one pixel is as bright as can be, "short" lacks it.
  std::string plain_ = pictures("plain", "color=gray:s=64x48:r=25:d=0.08"),
              spot_ = pictures("spot",
                               "color=gray:s=64x48:r=25:d=0.08,format=rgb24,"
                               "drawbox=x=10:y=20:w=1:h=1:color=white:t=fill:enable='eq(n,1)'"),
              short_ = pictures("short", "color=gray:s=64x48:r=25:d=0.04"),
              small_ = pictures("small", "color=gray:s=32x24:r=25:d=0.08");

  std::string file(const std::string& name) const { return (folder_ / name).string(); }
  std::string pictures(const std::string& name, const std::string& source) {
    std::filesystem::create_directories(folder_ / name);
    const auto made = run_program({"ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, "-pix_fmt", "rgb24",
                                   file(name) + "/frame_%06d.png"});
    EXPECT_EQ(made.exit_code, 0) << made.err;
    return file(name);
  }
  ProgramRun compare(std::vector<std::string> words) {
    words.insert(words.begin(), "compare");
    return framegen(words);
  }
};

TEST_F(Compare, EqualIsEqualAndPassesEveryLimit) {
  const auto run = compare({plain_, plain_, "--min-identical", "100", "--max-diff", "0"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, AllOf(HasSubstr("2 frames, measured against " + plain_),
                             HasSubstr("100.0000    100.0000      0       inf  1.000000  none")));
  EXPECT_EQ(run.err, "");
}

// One pixel of 2 × 64 × 48.
TEST_F(Compare, OnePixelIsFoundNamedAndTooMuchWhereItIsForbidden) {
  const auto run = compare({plain_, spot_, "--report", file("report.json")});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, AllOf(HasSubstr("99.9837"), HasSubstr(" in frame 1 at x 10, y 20\n")));
  const auto report = Json::parse(*read_text_file(folder_ / "report.json"));
  const auto& compared = report["compared"][0];
  EXPECT_EQ(compared["picture"]["worst_frame"], 1);
  EXPECT_EQ(compared["picture"]["largest_at"], Json({{"frame", 1}, {"x", 10}, {"y", 20}}));
  EXPECT_EQ(compared["frames"][0]["identical_percent"], 100);
  EXPECT_TRUE(compared["frames"][0]["psnr_db"].is_null()) << "infinite";
  EXPECT_LT(compared["frames"][1]["ssim"], 1);
  const int largest = compared["picture"]["largest_difference"];
  EXPECT_GT(largest, 100);
  const auto identical = compare({plain_, spot_, "--min-identical", "99.99"});
  EXPECT_EQ(identical.exit_code, 1);
  EXPECT_THAT(identical.err,
              HasSubstr("check failed: " + spot_ + ": 99.98372396 % identical, wanted 99.99 %"));
  const auto difference = compare({plain_, spot_, "--max-diff", std::to_string(largest - 1)});
  EXPECT_EQ(difference.exit_code, 1);
  EXPECT_THAT(difference.err, HasSubstr("largest difference " + std::to_string(largest) + ", allowed"));
  EXPECT_EQ(
      compare({plain_, spot_, "--max-diff", std::to_string(largest), "--min-identical", "99.98"}).exit_code,
      0);
}

TEST_F(Compare, WhoIsLongerIsNamedAndFailsACheck) {
  const auto run = compare({short_, plain_});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.err, HasSubstr(plain_ + " has more frames than were compared"));
  EXPECT_EQ(compare({short_, plain_, "--min-identical", "0"}).exit_code, 1);
}

TEST_F(Compare, AnotherSizeIsComparedWhereThatIsWanted) {
  const auto refused = compare({plain_, small_});
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.err, HasSubstr("has pictures of 32×24, the first file of 64×48"));
  EXPECT_EQ(compare({plain_, small_, "--scale", "--max-diff", "0"}).exit_code, 0);
}

TEST_F(Compare, DrawsThemBesideEachOtherAndWhereTheyDiffer) {
  const auto run = compare({plain_, spot_, "-o", file("both.mp4"), "--heatmap", file("map"), "--no-mark"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto size = run_program({"ffprobe", "-v", "error", "-count_frames", "-show_entries",
                                 "stream=width,nb_read_frames", "-of", "csv=p=0", file("both.mp4")});
  EXPECT_EQ(size.out, "128,2\n");
  const auto white = run_program({"ffmpeg", "-v", "error", "-i", file("map") + "/frame_000001.png", "-vf",
                                  "crop=1:1:10:20", "-f", "rawvideo", "-pix_fmt", "gray", "-"});
  ASSERT_EQ(white.out.size(), 1u);
  EXPECT_GT(static_cast<unsigned char>(white.out[0]), 100);
  const auto three = compare({plain_, spot_, plain_, "--heatmap", file("more")});
  EXPECT_EQ(three.exit_code, 2);
  EXPECT_THAT(three.err, HasSubstr("draws two files, not 3"));
}

TEST_F(Compare, TheFaceIsMeasuredWhereTheAvatarHasIt) {
  write_wav(folder_ / "silence.wav", std::vector<float>(8000, 0.0F));
  const auto frames_of = [&](const std::string& speech, const std::string& name) {
    const auto run = framegen({"render", speech, "--avatar", mini_avatar().string(), "--no-cache", "--frames",
                               "3", "--frames-dir", file(name)});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return file(name);
  };
  const auto talks = frames_of(golden_speech(), "talks"), rests = frames_of(file("silence.wav"), "rests");
  const auto run = compare({talks, rests, "--avatar", mini_avatar().string(), "--report", "-"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto compared = Json::parse(run.out)["compared"][0];
  EXPECT_LT(compared["face_box"]["identical_percent"], compared["picture"]["identical_percent"]);
  EXPECT_EQ(compared["face_box"]["largest_difference"], compared["picture"]["largest_difference"]);
  EXPECT_EQ(compared["face_box"]["largest_at"], compared["picture"]["largest_at"])
      << "counted from the picture's corner";
  EXPECT_THAT(compare({talks, rests, "--avatar", mini_avatar().string()}).out, HasSubstr("\n  face box "));
  const auto start = compare({talks, rests, "--avatar", mini_avatar().string(), "--start-frame", "12"});
  EXPECT_EQ(start.exit_code, 2);
  EXPECT_THAT(start.err, HasSubstr("give 0 … 11"));
  const auto other = compare({plain_, spot_, "--avatar", mini_avatar().string()});
  EXPECT_EQ(other.exit_code, 3);
  EXPECT_THAT(other.err, HasSubstr("has pictures of 64×48, the avatar of 640×360"));
}

}  // namespace
}  // namespace framegen::test
