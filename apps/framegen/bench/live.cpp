// live.cpp: a process for each precision, one after another.
#include "bench/live.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "avatar/avatar_bundle.hpp"
#include "bench/child.hpp"
#include "bench/folder.hpp"
#include "core/frame_rate.hpp"
#include "core/machine.hpp"
#include "kernels/instruction_set.hpp"

namespace framegen::app {
namespace {

constexpr int kLiveCalibrationFaces = 60;
constexpr int kLiveSpeechFrames = 60 * kFramesPerSecond;  // at least so long before it is heard again

std::string length_of(double seconds) {
  return seconds >= 60 ? fmt::format("{:.0f} min", seconds / 60) : fmt::format("{:.0f} s", seconds);
}

}  // namespace

Result<Json> run_live_bench(const BenchJob& job, const LiveBenchWords& words, const BenchProgress& progress) {
  const BenchFolder folder = FRAMEGEN_TRY(BenchFolder::create());
  const auto precisions =
      words.precisions.empty() ? std::vector<std::string>{"fp32", "bf16", "int8"} : words.precisions;
  const int threads = job.threads > 0 ? job.threads : usable_cores();
  std::string avatar = job.avatar;
  if (job.width != "avatar")
    avatar = FRAMEGEN_TRY(folder.write_avatar(job.avatar, job.width == "1" ? 1 : 0.5)).string();
  const auto speech = FRAMEGEN_TRY(folder.write_speech(job.audio, std::max(job.frames, kLiveSpeechFrames)));
  if (job.width != "avatar" && std::find(precisions.begin(), precisions.end(), "int8") != precisions.end())
    FRAMEGEN_TRY(calibrate_for_bench(avatar, speech, kLiveCalibrationFaces));
  const AvatarBundle bundle = FRAMEGEN_TRY(AvatarBundle::open(avatar));
  const Manifest& manifest = bundle.manifest();
  Json report{{"machine", describe_bench_machine()},
              {"setup",
               {{"avatar", fmt::format("{}, {}×{}, {}", manifest.name, manifest.width, manifest.height,
                                       job.width == "avatar" ? "its own networks"
                                                             : "seeded networks of width " + job.width)},
                {"speech", std::filesystem::path(job.audio).filename().string()},
                {"one session speaks for", length_of(words.seconds)},
                {"pictures", "JPEG, as framegen serve sends them; no socket"},
                {"threads", std::to_string(threads)},
                {"kernels", job.cpu.empty() ? instruction_set() : "at most " + job.cpu}}},
              {"live", Json::array()}};
  for (std::size_t i = 0; i < precisions.size(); ++i) {
    const std::string& precision = precisions[i];
    if (progress)
      progress(precision + ", speaking for " + length_of(words.seconds), static_cast<int>(i),
               static_cast<int>(precisions.size()));
    BenchTask task;
    task.task = "live";
    task.avatar = avatar;
    task.audio = speech.string();
    task.folder = folder.path().string();
    task.frames = job.frames;
    task.seconds = words.seconds;
    std::vector<std::string> engine{"--backend", "native",    "--precision",
                                    precision,   "--threads", std::to_string(threads)};
    if (!job.cpu.empty()) engine.insert(engine.end(), {"--cpu", job.cpu});
    Json row{{"precision", precision}};
    row.update(FRAMEGEN_TRY(run_bench_child(task, engine)));
    report["live"].push_back(std::move(row));
  }
  return report;
}

}  // namespace framegen::app
