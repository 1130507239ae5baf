// markdown.cpp: a bench's report as tables for people.
#include <fmt/format.h>

#include <algorithm>

#include "bench/result.hpp"

namespace framegen::app {
namespace {

constexpr const char* kNothing = "–";

std::string rate(const std::optional<Spread>& s) {
  return s ? fmt::format("**{:.1f}** ({:.1f}–{:.1f})", s->median, s->lowest, s->highest) : kNothing;
}
std::string ratio(const std::optional<Spread>& s) { return s ? fmt::format("{:.2f}×", s->median) : kNothing; }
std::string megabytes(const std::optional<std::uint64_t>& bytes) {
  return bytes ? fmt::format("{:.0f} MB", static_cast<double>(*bytes) / 1e6) : kNothing;
}

bool ran(const BenchRowResult& row) { return row.not_run.empty(); }

std::string speed_table(const BenchReport& report) {
  std::string text = fmt::format(
      "| way | generator alone, frames/s | against {0} | whole program, frames/s | against {0} | to MP4, "
      "frames/s | against {0} | × real time, to MP4 | {1} frames take |\n"
      "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
      kBaseline, report.frames);
  for (const BenchRowResult& row : report.rows) {
    if (!ran(row)) continue;
    const auto whole = spread_of(row, &BenchRound::render_fps), mp4 = spread_of(row, &BenchRound::mp4_fps);
    text += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} | {} |\n", row.row.name,
                        rate(spread_of(row, &BenchRound::generator_fps)),
                        ratio(ratio_to_baseline(report, row, &BenchRound::generator_fps)), rate(whole),
                        ratio(ratio_to_baseline(report, row, &BenchRound::render_fps)), rate(mp4),
                        ratio(ratio_to_baseline(report, row, &BenchRound::mp4_fps)),
                        mp4 ? fmt::format("{:.2f}", mp4->median / report.avatar_fps) : kNothing,
                        whole ? fmt::format("{:.2f} s", report.frames / whole->median) : kNothing);
  }
  return text;
}

std::string new_frames_table(const BenchReport& report) {
  std::string text = fmt::format(
      "| way | frames/s | against the better of {0} and {1} | CPU ms a frame | times less CPU | to MP4, "
      "frames/s | against it | {2} frames take | peak memory |\n"
      "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
      kBaseline, kOtherBaseline, report.distinct);
  for (const BenchRowResult& row : report.rows) {
    const auto whole = spread_of(row, &NewFramesRound::fps), cpu = spread_of(row, &NewFramesRound::cpu_s);
    if (!ran(row) || !whole || !cpu) continue;
    std::uint64_t peak = 0;
    for (const auto& round : row.new_frames) peak = std::max(peak, round ? round->peak_bytes : 0);
    text += fmt::format("| {} | {} | {} | {:.1f} | {} | {} | {} | {:.2f} s | {} |\n", row.row.name,
                        rate(whole), ratio(ratio_to_better(report, row, &NewFramesRound::fps)),
                        1e3 * cpu->median, ratio(ratio_to_better(report, row, &NewFramesRound::cpu_s)),
                        rate(spread_of(row, &NewFramesRound::mp4_fps)),
                        ratio(ratio_to_better(report, row, &NewFramesRound::mp4_fps)),
                        report.distinct / whole->median, megabytes(peak));
  }
  return text;
}

std::string memory_table(const BenchReport& report) {
  std::string text =
      "| way | runs as | peak memory | weights | working memory | kept per template frame | made ready in "
      "|\n| --- | --- | --- | --- | --- | --- | --- |\n";
  for (const BenchRowResult& row : report.rows) {
    if (!ran(row)) continue;
    const auto ready = spread_of(row, &BenchRound::prepare_s);
    text += fmt::format(
        "| {} | {}, {} worker{}, batch {} | {} | {} | {} | {} | {} |\n", row.row.name, row.backend,
        row.workers, row.workers == 1 ? "" : "s", row.batch, megabytes(peak_bytes(row)),
        megabytes(row.weight_bytes), megabytes(row.working_bytes),
        row.kept_bytes ? fmt::format("{:.1f} MB", static_cast<double>(*row.kept_bytes) / 1e6) : kNothing,
        ready ? fmt::format("{:.1f} s", ready->median) : kNothing);
  }
  return text;
}

std::string agreement_table(const BenchReport& report,
                            std::optional<BenchAgreement> BenchRowResult::*agreement) {
  std::string text =
      "| way | identical pixels | within 1 | largest difference | PSNR | SSIM |\n| --- | --- | --- | --- | "
      "--- | --- |\n";
  for (const BenchRowResult& row : report.rows) {
    if (!ran(row) || !(row.*agreement)) continue;
    const BenchAgreement& a = *(row.*agreement);
    if (a.is_reference) {
      text += fmt::format("| {} | the reference | | | | |\n", row.row.name);
    } else {
      text += fmt::format("| {} | {:.4f} % | {:.4f} % | {} | {} | {:.6f} |\n", row.row.name,
                          100 * a.identical, 100 * a.within_one, a.largest,
                          a.psnr_db ? fmt::format("{:.2f} dB", *a.psnr_db) : "∞", a.ssim);
    }
  }
  return text;
}

std::string not_run_list(const BenchReport& report) {
  std::string text;
  for (const BenchRowResult& row : report.rows)
    if (!ran(row)) text += fmt::format("- {}: {}\n", row.row.name, row.not_run);
  return text.empty() ? text : "Not run:\n\n" + text + "\n";
}

std::string sweep_table(const BenchReport& report, const std::string& axis) {
  std::string text;
  for (const BenchSweepPoint& point : report.sweep)
    if (point.axis == axis)
      text += fmt::format("| {} | {} | {} |\n", point.row, point.value, rate(spread_of(point.fps)));
  return text.empty()
             ? text
             : fmt::format("| way | {} | generator alone, frames/s |\n| --- | --- | --- |\n{}\n", axis, text);
}

std::string facts(const Json& object) {
  std::string text;
  for (const auto& [key, value] : object.items())
    text += fmt::format("- {}: {}\n", key, value.is_string() ? value.get<std::string>() : value.dump());
  return text + "\n";
}

}  // namespace

std::string to_markdown(const BenchReport& report) {
  std::string text = facts(report.setup) + facts(report.machine);
  text += "Speed: median (lowest–highest) over the rounds; ratios are taken round by round.\n\n";
  if (report.distinct > 0)
    text += fmt::format(
        "**Every frame new**: {} different template frames, as a filmed presenter has them; decoding and "
        "cropping are inside the time, and nothing made for one frame serves another.\n\n{}\nPictures "
        "against `{}`, in the face box:\n\n{}\n",
        report.distinct, new_frames_table(report), kTruth,
        agreement_table(report, &BenchRowResult::new_frames_agreement));
  text += "**The loop repeated**: the avatar's own template frames to and fro, all seen before.\n\n" +
          speed_table(report) + "\n";
  text +=
      "Memory of one process: the largest resident size before the encoder starts; weights and working "
      "memory of all workers together.\n\n" +
      memory_table(report) + "\n";
  text += fmt::format(
      "Pictures against `{}`, in the face box (outside it every frame is the template's):\n\n{}\n", kTruth,
      agreement_table(report, &BenchRowResult::agreement));
  return text + not_run_list(report) + sweep_table(report, "threads") + sweep_table(report, "batch");
}

}  // namespace framegen::app
