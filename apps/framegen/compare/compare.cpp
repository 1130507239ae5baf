// compare.cpp: framegen compare: how much videos or frame folders differ; scripts use its exit code as a
// check.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "command.hpp"
#include "compare/run.hpp"
#include "progress.hpp"
#include "words/outputs.hpp"
#include "words/text_output.hpp"

namespace framegen::app {
namespace {

using Json = nlohmann::ordered_json;

struct CompareWords {
  std::vector<std::string> files;
  std::string avatar, report, output, heatmaps;
  int start_frame = 0;
  std::int64_t first_frame = 0;
  bool scale = false, no_mark = false;
  double min_identical = -1;  // per cent; negative: no limit
  int max_difference = -1;
  OverwriteWords overwrite;
};

Json to_json(const PictureMetrics& m) {
  const auto number = [](double v) {
    return std::isfinite(v) ? Json(v) : Json();
  };  // null: infinite, or undefined
  return {{"identical_percent", 100 * m.identical_share()},
          {"within_1_percent", 100 * m.within_one_share()},
          {"largest_difference", m.largest},
          {"psnr_db", number(m.psnr_db())},
          {"ssim", number(m.ssim)}};
}

Json to_json(const MetricsSum& sum) {
  Json json = to_json(sum.total());
  json["worst_frame"] = sum.worst_frame() ? Json(*sum.worst_frame()) : Json();
  if (sum.total().largest > 0)
    json["largest_at"] = {
        {"frame", sum.largest_frame()}, {"x", sum.total().largest_x}, {"y", sum.total().largest_y}};
  return json;
}

Json to_json(const CompareWords& words, const CompareResult& result) {
  Json files = Json::array();
  for (const ComparedFile& file : result.files) {
    Json frames = Json::array();
    for (const FrameMetrics& f : file.frames) {
      Json frame = to_json(f.picture);
      if (f.box) frame["face_box"] = to_json(*f.box);
      frames.push_back(std::move(frame));
    }
    Json json = {{"file", file.file}, {"lossy", file.lossy}, {"picture", to_json(file.picture)}};
    if (result.with_boxes) json["face_box"] = to_json(file.box);
    json["frames"] = std::move(frames);
    files.push_back(std::move(json));
  }
  return {{"reference", words.files.front()},
          {"reference_lossy", result.reference_lossy},
          {"frames", result.frames},
          {"longer_than_that", result.longer},
          {"compared", std::move(files)}};
}

// Cut after four digits, so that only what is whole reads 100.0000.
double shown(double share) { return std::floor(share * 1e6) / 1e4; }

void print_row(const std::string& what, const MetricsSum& sum) {
  const PictureMetrics m = sum.total();
  const std::string worst = sum.worst_frame() ? std::to_string(*sum.worst_frame()) : "none";
  std::printf("%-32s %11.4f %11.4f %6d %9.2f %9.6f  %s\n", what.c_str(), shown(m.identical_share()),
              shown(m.within_one_share()), m.largest, m.psnr_db(), m.ssim, worst.c_str());
}

void print_table(const CompareWords& words, const CompareResult& result) {
  std::printf("%lld frames, measured against %s%s\n", static_cast<long long>(result.frames),
              words.files.front().c_str(), result.reference_lossy ? " (lossy)" : "");
  std::printf("%-32s %11s %11s %6s %9s %9s  %s\n", "", "identical %", "within 1 %", "max", "PSNR dB", "SSIM",
              "worst frame");
  for (const ComparedFile& file : result.files) {
    print_row(file.file + (file.lossy ? " (lossy)" : ""), file.picture);
    if (result.with_boxes) print_row("  face box", file.box);
    const PictureMetrics m = file.picture.total();
    if (m.largest > 0)
      std::printf("  largest difference %d in frame %lld at x %d, y %d\n", m.largest,
                  static_cast<long long>(file.picture.largest_frame()), m.largest_x, m.largest_y);
  }
  for (const std::string& file : result.longer) print_warning(file + " has more frames than were compared");
}

// 1 where a limit is set and missed, with a line for each; else 0.
int check_limits(const CompareWords& words, const CompareResult& result) {
  const bool limited = words.min_identical >= 0 || words.max_difference >= 0;
  bool missed = false;
  const auto miss = [&](const std::string& text) {
    print_warning("check failed: " + text);
    missed = true;
  };
  if (limited && !result.longer.empty()) miss("the files have different numbers of frames");
  for (const ComparedFile& file : result.files) {
    const PictureMetrics m = file.picture.total();
    char text[64];
    std::snprintf(text, sizeof text, "%.10g %% identical, wanted %.10g %%", 100 * m.identical_share(),
                  words.min_identical);
    if (words.min_identical >= 0 && 100 * m.identical_share() < words.min_identical)
      miss(file.file + ": " + text);
    if (words.max_difference >= 0 && m.largest > words.max_difference)
      miss(file.file + ": largest difference " + std::to_string(m.largest) + ", allowed " +
           std::to_string(words.max_difference));
  }
  return missed ? 1 : 0;
}

Status claim(const CompareWords& words, const std::filesystem::path& avatar) {
  Claim claim{
      .inputs = {{"--avatar", avatar}},
      .outputs = {{"--output", words.output}, {"--report", words.report}, {"--heatmap", words.heatmaps}}};
  for (const std::string& file : words.files) claim.inputs.push_back({"file", file});
  return claim_outputs(claim, words.overwrite);
}

Result<int> run(const CompareWords& words) {
  CompareJob job;
  job.files.assign(words.files.begin(), words.files.end());
  if (!words.avatar.empty()) job.avatar = FRAMEGEN_TRY(avatar_folder(words.avatar));
  FRAMEGEN_TRY(claim(words, job.avatar));
  job.start_frame = words.start_frame;
  job.first_frame = words.first_frame;
  job.video = words.output;
  job.heatmaps = words.heatmaps;
  job.scale = words.scale;
  job.mark = !words.no_mark;
  job.overwrite_heatmaps = words.overwrite.yes;
  ProgressLine line("auto", false);
  const auto start = std::chrono::steady_clock::now();
  auto result = run_compare(job, [&](std::int64_t done) {
    Progress progress;
    progress.frames_done = done;
    progress.elapsed_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    line.show(progress);
    return !interrupted;
  });
  line.end();
  if (!result) return std::move(result).error();
  FRAMEGEN_TRY(write_text(words.report, to_json(words, *result).dump(2) + "\n"));
  if (words.report != "-") print_table(words, *result);
  return check_limits(words, *result);
}

}  // namespace

void add_compare(CLI::App& program, int& exit_code) {
  auto words = std::make_shared<CompareWords>();
  CLI::App* command = program.add_subcommand(
      "compare", "measure videos or frame folders against the first of them, picture by picture");
  command->add_option("files", words->files, "videos or folders of numbered pictures, the reference first")
      ->required()
      ->expected(2, 16);
  command->add_option("--avatar", words->avatar,
                      "the avatar that was rendered: its face boxes are measured too");
  command->add_option("--start-frame", words->start_frame, "with which it was rendered")
      ->check(CLI::Range(0, 1 << 30));
  command
      ->add_option("--first-frame", words->first_frame,
                   "where the files hold a range of the speech: its first frame")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 40));
  command->add_option("--report", words->report, "all numbers, per frame and in all, as JSON");
  command->add_option(
      "-o,--output", words->output,
      "a video (.mp4, .mov, .mkv) with all of them beside each other, with the first's sound");
  command->add_option("--heatmap", words->heatmaps, "a folder of pictures that show where they differ");
  words->overwrite.add_to(*command);
  command->add_flag("--scale", words->scale, "scale pictures of another size to the reference's");
  command->add_flag("--no-mark", words->no_mark, "leave out the mark that the picture is generated");
  command
      ->add_option("--min-identical", words->min_identical,
                   "exit with 1 where fewer per cent of the pixels are identical")
      ->check(CLI::Range(0.0, 100.0));
  command->add_option("--max-diff", words->max_difference, "exit with 1 where any channel differs by more")
      ->check(CLI::Range(0, 255));
  command->callback([words, &exit_code] {
    auto done = run(*words);
    exit_code = done ? *done : fail(done.error());
  });
}

}  // namespace framegen::app
