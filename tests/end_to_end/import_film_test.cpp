// import_film_test.cpp: films as people's cameras make them: uneven in rate, interlaced, of high dynamic
// range.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "mini_avatar.hpp"

namespace framegen::test {
namespace {

using Words = std::vector<std::string>;

class ImportFilm : public ::testing::Test {
 protected:
  TemporaryFolder folder_;

  std::string at(const std::string& name) const { return (folder_ / name).string(); }
  // Runs FFmpeg; `out` is the last word.
  void ffmpeg(const Words& words, const std::string& out) {
    Words all = {"ffmpeg", "-v", "error", "-y"};
    all.insert(all.end(), words.begin(), words.end());
    all.push_back(at(out));
    const auto made = run_program(all);
    ASSERT_EQ(made.exit_code, 0) << made.err;
  }
  bool ffmpeg_has_filter(const std::string& name) {
    return run_program({"ffmpeg", "-v", "error", "-h", "filter=" + name}).out.find("Filter " + name) !=
           std::string::npos;
  }
  // The frames that the film gives, as PNG; said where the face is, so nobody looks for one.
  std::string frames_of(const std::string& film) {
    const std::string avatar = film + ".avatar";
    const auto run = framegen(
        {"import", "--video", at(film), "--box", "8,8,48", "--frame-format", "png", "-o", at(avatar)});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return at(avatar) + "/frames";
  }
  // The two folders' likeness in dB.
  double psnr(const std::string& a, const std::string& b) {
    const auto run = framegen({"compare", a, b, "--report", at("report.json"), "-y"});
    std::ifstream file(at("report.json"));
    EXPECT_TRUE(file.good()) << run.err;
    return nlohmann::json::parse(file)["compared"][0]["picture"]["psnr_db"].get<double>();
  }
};

// Grey grows by 20 levels a second; some of 30000/1001 frames a second were never taken, as in weak light.
TEST_F(ImportFilm, APictureIsThatOfItsMomentHoweverUnevenTheRate) {
  ffmpeg({"-f", "lavfi", "-i", "color=black:s=64x64:r=30000/1001:d=8,geq=lum='40+20*T':cb=128:cr=128", "-vf",
          "select='mod(n,7)*mod(n,11)',setparams=range=pc", "-vsync", "vfr", "-c:v", "libx264", "-qp", "0",
          "-pix_fmt", "yuv420p", "-color_range", "pc"},
         "uneven.mkv");
  const std::string frames = frames_of("uneven.mkv");
  ffmpeg({"-i", frames + "/frame_%06d.png", "-vf", "scale=1:1", "-pix_fmt", "gray", "-f", "rawvideo"},
         "grey");
  std::ifstream file(at("grey"), std::ios::binary);
  const std::vector<char> grey{std::istreambuf_iterator<char>(file), {}};
  ASSERT_NEAR(static_cast<double>(grey.size()), 200, 1);
  for (std::size_t i = 0; i < grey.size(); ++i) {
    const double shown_s = (static_cast<unsigned char>(grey[i]) - 40) / 20.0;
    // Half a frame of ours early at most, two of the film's late where one is missing; and 8 bits are coarse.
    EXPECT_NEAR(shown_s, static_cast<double>(i) / 25, 0.09) << i;
  }
}

TEST_F(ImportFilm, AnInterlacedFilmHasNoComb) {
  const Words moving = {"-framerate", "50", "-loop", "1", "-i", "assets/avatars/ava/template/0.jpg",
                        "-frames:v",  "40"};
  const std::string pan = "scale=960:540,crop=640:360:160+120*sin(n/6):90";
  const auto film = [&](const std::string& filter, const Words& more, const std::string& out) {
    Words words = moving;
    words.insert(words.end(), {"-vf", pan + filter, "-c:v", "libx264", "-crf", "4", "-preset", "ultrafast",
                               "-pix_fmt", "yuv420p"});
    words.insert(words.end(), more.begin(), more.end());
    ffmpeg(words, out);
  };
  const Words fields = {"-flags", "+ilme+ildct", "-x264-params", "tff=1"};
  film(",interlace=scan=tff:lowpass=off", fields, "fields.mp4");
  film(",interlace=scan=tff:lowpass=off,setfield=prog", {}, "combed.mp4");  // the same, and nothing says so
  film(",select='not(mod(n,2))',setpts=N/25/TB", {"-r", "25"}, "truth.mp4");
  const std::string truth = frames_of("truth.mp4");
  const double joined = psnr(frames_of("fields.mp4"), truth), combed = psnr(frames_of("combed.mp4"), truth);
  EXPECT_GT(joined, 32);
  EXPECT_GT(joined, combed + 4) << combed;
}

// An ordinary picture graded so that its white is reference white, and back: all of it is darker than the
// lights that are bent.
TEST_F(ImportFilm, HighDynamicRangeBecomesTheSamePicture) {
  if (!ffmpeg_has_filter("zscale"))
    GTEST_SKIP() << "this ffmpeg has no zscale filter to make such a film with";
  const auto film = [&](const std::string& transfer, const std::string& out) {
    const std::string plain =
        "scale=640:360:out_color_matrix=bt709:out_range=tv,format=yuv444p,"
        "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv";
    const std::string high = ",zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt2020:t=" + transfer +
                             ":m=bt2020nc:r=tv:npl=203,format=yuv420p10le";
    ffmpeg({"-framerate", "25", "-loop", "1", "-i", "assets/avatars/ava/template/0.jpg", "-frames:v", "3",
            "-vf", plain + (transfer.empty() ? ",format=yuv420p" : high), "-c:v", "libx264", "-crf", "4"},
           out);
  };
  film("", "plain.mp4");
  film("smpte2084", "pq.mp4");
  film("arib-std-b67", "hlg.mp4");
  const std::string plain = frames_of("plain.mp4");
  // As they are coded, they are 22 and 26 dB alike.
  EXPECT_GT(psnr(frames_of("pq.mp4"), plain), 40);
  EXPECT_GT(psnr(frames_of("hlg.mp4"), plain), 34);
}

}  // namespace
}  // namespace framegen::test
