// run.cpp: a process per measurement; rounds go through all rows, so that what else the machine does
// hits all alike.
#include "bench/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "avatar/avatar_bundle.hpp"
#include "bench/child.hpp"
#include "bench/folder.hpp"
#include "core/machine.hpp"
#include "kernels/instruction_set.hpp"
#include "pipeline/self_test/self_test.hpp"

namespace framegen::app {
namespace {

constexpr int kCalibrationFaces = 60;  // seeded networks are measured on the bench's own speech
constexpr int kSweepBatches[] = {1, 2, 4, 8, 15, 22, 30};
constexpr int kDeviceBatches[] = {1, 2, 4, 8};

std::vector<std::string> onnxruntime_words(const std::string& mode) {
  return {"--backend", "onnxruntime", "--mode", mode};
}

std::vector<std::string> provider_words(std::string_view name) {
  return {"--backend", "onnxruntime", "--provider", std::string(name)};
}

// A provider in float32 in several batches, and in float16 in its own.
void add_device_rows(std::string_view name, std::vector<BenchRow>& rows) {
  for (const int batch : kDeviceBatches) {
    rows.push_back({fmt::format("{}, batch {}", name, batch), provider_words(name)});
    rows.back().words.insert(rows.back().words.end(), {"--batch", std::to_string(batch)});
  }
  rows.push_back({fmt::format("{} fp16", name), provider_words(name)});
  rows.back().words.insert(rows.back().words.end(), {"--precision", "fp16"});
}

// The CPU's ways, and every provider that is there.
std::vector<BenchRow> gpu_rows(int pool_batch) {
  std::vector<BenchRow> rows;
  for (BenchRow& row : bench_rows(pool_batch))
    if (std::ranges::find(row.words, "--provider") == row.words.end()) rows.push_back(std::move(row));
  for (const Provider provider : providers_there()) add_device_rows(to_string(provider), rows);
  return rows;
}

class Bench {
 public:
  Bench(const BenchJob& job, const BenchProgress& progress, BenchFolder folder)
      : job_(job), progress_(progress), folder_(std::move(folder)) {}
  Result<BenchReport> run();

 private:
  struct Sweep {
    BenchSweepPoint point;
    std::vector<std::string> words;
  };
  Status prepare();
  Status choose_rows();
  bool has_row(const std::string& name) const {
    return std::any_of(report_.rows.begin(), report_.rows.end(),
                       [&](const BenchRowResult& result) { return result.row.name == name; });
  }
  void describe(const Manifest& manifest);
  void plan_sweep();
  BenchTask task(const std::string& name, int frames) const;
  BenchTask new_frames_task(const std::string& name) const;
  std::vector<std::string> words_of(const BenchRow& row) const;
  Result<Json> measure(const std::string& what, const BenchTask& task, const std::vector<std::string>& words);
  Status verify_all(bool new_frames);
  Status time_row(BenchRowResult& row, int round);
  Status time_new_frames(BenchRowResult& row, int round);
  Status time_sweep();

  const BenchJob& job_;
  const BenchProgress& progress_;
  BenchFolder folder_;
  std::string avatar_, distinct_, speech_;
  int threads_ = 0, timed_frames_ = 0, done_ = 0, all_ = 0;
  std::vector<Sweep> sweep_;
  BenchReport report_;
};

Status Bench::choose_rows() {
  const std::vector<BenchRow> known = job_.gpu ? gpu_rows(job_.batch) : bench_rows(job_.batch);
  for (const std::string& name : job_.rows) {
    if (std::none_of(known.begin(), known.end(), [&](const BenchRow& row) { return row.name == name; })) {
      std::string names;
      for (const BenchRow& row : known) names += (names.empty() ? "" : ", ") + row.name;
      return Error{ErrorCode::kBadUse, "--rows " + name, "there is no such row", "choose among: " + names};
    }
  }
  for (const BenchRow& row : known) {
    if (!job_.rows.empty() && std::find(job_.rows.begin(), job_.rows.end(), row.name) == job_.rows.end())
      continue;
    BenchRowResult result;
    result.row = row;
    report_.rows.push_back(std::move(result));
  }
  return {};
}

Status Bench::prepare() {
  threads_ = job_.threads > 0 ? job_.threads : usable_cores();
  timed_frames_ = job_.frames_per_round > 0 ? std::min(job_.frames_per_round, job_.frames) : job_.frames;
  FRAMEGEN_TRY(choose_rows());
  avatar_ = job_.avatar;
  if (job_.width != "avatar")
    avatar_ = FRAMEGEN_TRY(folder_.write_avatar(job_.avatar, job_.width == "1" ? 1 : 0.5)).string();
  speech_ = FRAMEGEN_TRY(folder_.write_speech(job_.audio, std::max(job_.frames, job_.distinct))).string();
  if (job_.width != "avatar" && has_row("native int8"))
    FRAMEGEN_TRY(calibrate_for_bench(avatar_, speech_, kCalibrationFaces));
  if (job_.distinct > 0) distinct_ = FRAMEGEN_TRY(folder_.write_distinct(avatar_, job_.distinct)).string();
  const AvatarBundle bundle = FRAMEGEN_TRY(AvatarBundle::open(avatar_));
  describe(bundle.manifest());
  if (job_.sweep) plan_sweep();
  report_.distinct = job_.distinct;
  all_ = static_cast<int>(report_.rows.size()) * (1 + job_.rounds) * (job_.distinct > 0 ? 2 : 1) +
         static_cast<int>(sweep_.size()) * job_.rounds;
  return {};
}

void Bench::describe(const Manifest& manifest) {
  std::error_code ignored;
  const auto bytes =
      std::filesystem::file_size(std::filesystem::path(avatar_) / manifest.generator.file, ignored);
  report_.frames = job_.frames;
  report_.avatar_fps = manifest.fps;
  report_.machine = describe_bench_machine();
  const std::string networks =
      job_.width == "avatar" ? "its own networks" : "seeded networks of width " + job_.width;
  report_.setup = {{"avatar", manifest.name + ", " + std::to_string(manifest.width) + "×" +
                                  std::to_string(manifest.height) + ", " + networks},
                   {"generator", std::to_string((bytes + 500000) / 1000000) + " MB"},
                   {"speech", std::filesystem::path(job_.audio).filename().string()},
                   {"frames compared", std::to_string(job_.frames)},
                   {"frames timed per round", std::to_string(timed_frames_)},
                   {"rounds", std::to_string(job_.rounds)},
                   {"threads", std::to_string(threads_)},
                   {"kernels", job_.cpu.empty() ? instruction_set() : "at most " + job_.cpu}};
}

// Powers of two, and all that there are.
std::vector<int> thread_counts(int most) {
  std::vector<int> counts;
  for (int n = 1; n < most; n *= 2) counts.push_back(n);
  counts.push_back(most);
  return counts;
}

void Bench::plan_sweep() {
  for (const BenchRowResult& result : report_.rows) {
    const BenchRow& row = result.row;
    const bool provider = std::find(row.words.begin(), row.words.end(), "--provider") != row.words.end();
    if (provider) continue;
    for (const int n : thread_counts(threads_))
      sweep_.push_back({{row.name, "threads", n, {}}, [&] {
                          auto words = row.words;
                          words.insert(words.end(), {"--threads", std::to_string(n)});
                          return words;
                        }()});
    if (row.name != kBaseline) continue;
    for (const int batch : kSweepBatches) {
      auto words = bench_rows(batch)[2].words;
      words.insert(words.end(), {"--threads", std::to_string(threads_)});
      sweep_.push_back({{row.name, "batch", batch, {}}, std::move(words)});
    }
  }
}

BenchTask Bench::task(const std::string& name, int frames) const {
  BenchTask task;
  task.task = name;
  task.avatar = avatar_;
  task.audio = speech_;
  task.folder = folder_.path().string();
  task.frames = frames;
  return task;
}

BenchTask Bench::new_frames_task(const std::string& name) const {
  BenchTask task = this->task(name, job_.distinct);
  task.avatar = distinct_;
  task.new_frames = true;
  return task;
}

std::vector<std::string> Bench::words_of(const BenchRow& row) const {
  auto words = row.words;
  words.insert(words.end(), {"--threads", std::to_string(threads_)});
  return words;
}

Result<Json> Bench::measure(const std::string& what, const BenchTask& task,
                            const std::vector<std::string>& words) {
  if (progress_) progress_(what, done_, all_);
  ++done_;
  auto all = words;
  if (!job_.cpu.empty()) all.insert(all.end(), {"--cpu", job_.cpu});
  return run_bench_child(task, all);
}

// Before anything is timed: a wrong picture's speed is of no interest.
Status Bench::verify_all(bool new_frames) {
  std::string no_truth = "the row " + std::string(kTruth) + " was left out";
  for (BenchRowResult& row : report_.rows) {
    BenchTask verify = new_frames ? new_frames_task("verify") : task("verify", job_.frames);
    verify.is_truth = row.row.name == kTruth;
    if (!verify.is_truth && !no_truth.empty()) continue;
    const Json json = FRAMEGEN_TRY(measure("comparing pictures: " + row.row.name, verify, words_of(row.row)));
    row.not_run = json.value("not_run", "");
    if (verify.is_truth) no_truth = row.not_run;
    if (!row.not_run.empty()) continue;
    const Json& a = json["agreement"];
    BenchAgreement agreement{a["frames"], a["identical"], a["within_one"], a["largest"],
                             {},          a["ssim"],      a["reference"]};
    if (a["psnr_db"].is_number()) agreement.psnr_db = a["psnr_db"].get<double>();
    (new_frames ? row.new_frames_agreement : row.agreement) = agreement;
  }
  if (!no_truth.empty()) report_.setup["pictures were not compared"] = no_truth;
  return {};
}

Status Bench::time_row(BenchRowResult& row, int round) {
  if (!row.not_run.empty()) return {};
  const std::string what =
      "round " + std::to_string(round + 1) + " of " + std::to_string(job_.rounds) + ": " + row.row.name;
  const Json json = FRAMEGEN_TRY(measure(what, task("time", timed_frames_), words_of(row.row)));
  row.rounds.emplace_back();
  if (json.contains("not_run")) {
    if (round == 0) row.not_run = json["not_run"];
    return {};
  }
  row.backend = json["backend"];
  row.workers = json["workers"];
  row.batch = json["batch"];
  const auto bytes = [&](const char* key) {
    return json.contains(key) ? std::optional<std::uint64_t>(json[key]) : std::nullopt;
  };
  row.weight_bytes = bytes("weight_bytes");
  row.working_bytes = bytes("working_bytes");
  row.kept_bytes = bytes("kept_bytes");
  row.rounds.back() = BenchRound{json["prepare_s"], json["generator_fps"], json["render_fps"],
                                 json["mp4_fps"],   json["peak_bytes"],    json["peak_with_encoder_bytes"]};
  return {};
}

Status Bench::time_new_frames(BenchRowResult& row, int round) {
  if (!row.not_run.empty()) return {};
  const std::string what = "every frame new, round " + std::to_string(round + 1) + " of " +
                           std::to_string(job_.rounds) + ": " + row.row.name;
  const Json json = FRAMEGEN_TRY(measure(what, new_frames_task("time"), words_of(row.row)));
  row.new_frames.emplace_back();
  if (json.contains("not_run")) {
    if (round == 0) row.not_run = json["not_run"];
    return {};
  }
  row.new_frames.back() = NewFramesRound{json["fps"], json["mp4_fps"], json["cpu_s"], json["peak_bytes"]};
  return {};
}

Status Bench::time_sweep() {
  for (Sweep& sweep : sweep_) {
    const std::string what =
        sweep.point.row + ", " + sweep.point.axis + " " + std::to_string(sweep.point.value);
    const Json json = FRAMEGEN_TRY(measure(what, task("generator", timed_frames_), sweep.words));
    if (json.contains("generator_fps")) sweep.point.fps.push_back(json["generator_fps"]);
  }
  return {};
}

Result<BenchReport> Bench::run() {
  FRAMEGEN_TRY(prepare());
  if (job_.distinct > 0) FRAMEGEN_TRY(verify_all(true));
  FRAMEGEN_TRY(verify_all(false));
  for (int round = 0; job_.distinct > 0 && round < job_.rounds; ++round)
    for (BenchRowResult& row : report_.rows) FRAMEGEN_TRY(time_new_frames(row, round));
  for (int round = 0; round < job_.rounds; ++round)
    for (BenchRowResult& row : report_.rows) FRAMEGEN_TRY(time_row(row, round));
  for (int round = 0; round < job_.rounds; ++round) FRAMEGEN_TRY(time_sweep());
  for (const Sweep& sweep : sweep_)
    if (!sweep.point.fps.empty()) report_.sweep.push_back(sweep.point);
  return std::move(report_);
}

}  // namespace

std::vector<BenchRow> bench_rows(int pool_batch) {
  const auto native = [](const std::string& precision) {
    return std::vector<std::string>{"--backend", "native", "--precision", precision};
  };
  auto pool = onnxruntime_words("session-pool");
  pool.insert(pool.end(), {"--batch", std::to_string(pool_batch)});
  return {{"sequential", onnxruntime_words("sequential")},
          {"mutex", onnxruntime_words("mutex")},
          {"session-pool", pool},
          {"shared-session", onnxruntime_words("shared-session")},
          {"native fp32", native("fp32")},
          {"native bf16", native("bf16")},
          {"native int8", native("int8")},
          {"webgpu", provider_words("webgpu")},
          {"cuda", provider_words("cuda")},
          {"coreml", provider_words("coreml")}};
}

Result<BenchReport> run_bench(const BenchJob& job, const BenchProgress& progress) {
  return Bench(job, progress, FRAMEGEN_TRY(BenchFolder::create())).run();
}

}  // namespace framegen::app
