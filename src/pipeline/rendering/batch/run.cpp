// run.cpp: each thread renders one job after the other; all of them share the engine's workers, so no
// core waits while any job has work.
#include "pipeline/rendering/batch/run.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <system_error>

#include "audio/speech_source.hpp"
#include "core/files.hpp"
#include "core/guarded.hpp"
#include "core/machine.hpp"
#include "core/sha256.hpp"
#include "features/mel_windows.hpp"
#include "pipeline/speaking/sandbox_impl.hpp"

namespace framegen {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
constexpr auto kProgressEvery = std::chrono::milliseconds(100);
// A session's slots cost some megabytes per engine thread: more sessions than these fill no more cores.
constexpr int kUsuallyAtOnce = 8;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// What else than the files decides the output's bytes.
std::string options_text(const BatchJob& job, const EngineOptions& engine) {
  const RenderJob& render = job.render;
  std::string text = std::string("framegen ") + FRAMEGEN_VERSION;
  const auto add = [&](const char* name, std::int64_t value) {
    text += std::string(" ") + name + "=" + std::to_string(value);
  };
  add("first", render.first_frame);
  add("end", render.end_frame.value_or(-1));
  add("start_frame", render.start_frame);
  add("crf", render.crf);
  add("mark", render.mark ? 1 : 0);
  add("blend", static_cast<int>(render.blend));
  add("backend", static_cast<int>(engine.backend));
  add("mode", static_cast<int>(engine.mode));
  add("provider", static_cast<int>(engine.provider));
  add("precision", static_cast<int>(engine.precision));
  // The engine fills in the machine's own, which must not part machines that share a batch.
  const bool usual = engine.memory_budget_bytes == usual_memory_budget();
  add("memory", usual ? 0 : static_cast<std::int64_t>(engine.memory_budget_bytes));
  return text + " cpu=" + engine.cpu + " preset=" + render.preset;
}

}  // namespace

BatchRun::BatchRun(Engine& engine, const BatchList& list, const BatchOptions& options, Journal journal)
    : engine_(engine),
      list_(list),
      options_(options),
      avatars_(engine, list.jobs),
      journal_(std::move(journal)),
      proofs_(options.resume ? read_journals(options.folder) : JournalEntries()),
      states_(list.jobs.size()) {}

BatchRun::~BatchRun() {
  cancelled_ = true;
  for (std::thread& thread : threads_) thread.join();
}

// What killed processes left beside this batch's outputs; what another machine is writing there now stays.
void BatchRun::sweep_folders() const {
  std::set<fs::path> folders;
  for (const BatchJob& job : list_.jobs)
    for (const fs::path& output : {job.render.video, job.render.hash})
      if (!output.empty()) folders.insert((options_.folder / output).parent_path());
  for (const fs::path& folder : folders) sweep_partials(folder);
}

Status BatchRun::start_threads() {
  int count = options_.at_once > 0 ? options_.at_once : std::min(engine_.options().threads, kUsuallyAtOnce);
  count = std::min(count, static_cast<int>(list_.jobs.size()));
  for (int i = 0; i < count; ++i) {
    try {
      threads_.emplace_back([this] { work(); });
    } catch (const std::system_error& e) {
      if (!threads_.empty()) break;  // the jobs get done by those there are
      return Error{ErrorCode::kInternal, "batch", std::string("no thread can be started: ") + e.what(),
                   "raise the limit of processes (ulimit -u)"};
    }
    const std::lock_guard lock(mutex_);
    ++working_;
  }
  return {};
}

void BatchRun::work() noexcept {
  while (!cancelled_) {
    const std::size_t index = next_++;
    if (index >= states_.size()) break;
    take(index);
  }
  const std::lock_guard lock(mutex_);
  --working_;
  changed_.notify_all();
}

void BatchRun::take(std::size_t index) noexcept {
  State& state = states_[index];
  Status done = guarded("render fewer jobs at once", [&]() -> Status {
    state.result = FRAMEGEN_TRY(render_job(index));
    return {};
  });
  if (!done) state.error = std::move(done).error();
  state.expected = state.frames.load();
  // What cannot be let go of now goes with the batch.
  (void)guarded("", [&]() -> Status { return avatars_.release(list_.jobs[index].avatar), Status(); });
  state.over = true;
}

Result<std::string> BatchRun::inputs_of(const BatchJob& job) {
  const std::string text = options_text(job, engine_.options()) + "\naudio " +
                           FRAMEGEN_TRY(file_sha256(job.render.audio)) + "\navatar " +
                           FRAMEGEN_TRY(avatars_.content(job.avatar));
  return sha256_hex(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

// Every output of the job is there with the bytes that a journal says these inputs gave.
bool BatchRun::is_whole(const BatchJob& job, const std::string& inputs, BatchResult& result) const {
  for (const fs::path& output : {job.render.hash, job.render.video}) {
    if (output.empty()) continue;
    const auto actual = file_sha256(options_.folder / output);
    if (!actual) return false;
    const auto [first, last] = proofs_.equal_range(output.generic_string());
    const auto proof = std::find_if(first, last, [&](const auto& named) {
      return named.second.inputs == inputs && named.second.sha256 == *actual;
    });
    if (proof == last) return false;
    result.sha256 = *actual;  // the video's, which comes last
    result.frames = proof->second.frames;
  }
  result.skipped = true;
  return true;
}

Result<BatchResult> BatchRun::render_job(std::size_t index) {
  const BatchJob& job = list_.jobs[index];
  State& state = states_[index];
  const auto start = Clock::now();
  BatchResult result;
  const std::string inputs = FRAMEGEN_TRY(inputs_of(job));
  if (options_.resume && is_whole(job, inputs, result)) return result;

  RenderJob render = job.render;
  render.video = options_.folder / render.video;
  if (!render.hash.empty()) render.hash = options_.folder / render.hash;
  for (const fs::path& output : {render.video, render.hash}) {
    std::error_code error;  // a folder that cannot be made shows when the output is opened
    if (!output.empty()) fs::create_directories(output.parent_path(), error);
  }
  const auto avatar = FRAMEGEN_TRY(avatars_.open(job.avatar));
  const RenderReport report =
      FRAMEGEN_TRY(framegen::render(engine_, avatar, render, [&](const Progress& progress) {
        state.frames = progress.frames_done;
        return !cancelled_;
      }));
  state.frames = result.frames = report.frames;
  result.elapsed_s = seconds_since(start);
  result.sha256 = FRAMEGEN_TRY(file_sha256(render.video));
  if (!render.hash.empty()) {
    const std::string hash = FRAMEGEN_TRY(file_sha256(render.hash));
    FRAMEGEN_TRY(journal_.add({job.render.hash.generic_string(), inputs, hash, report.frames}));
  }
  FRAMEGEN_TRY(journal_.add({job.render.video.generic_string(), inputs, result.sha256, report.frames}));
  return result;
}

// How many frames the job will have, as far as its audio's header tells.
void BatchRun::measure(std::size_t index) {
  const RenderJob& render = list_.jobs[index].render;
  std::int64_t frames = 0;
  std::error_code error;
  if (fs::is_regular_file(render.audio, error)) {  // a pipe would be waited for
    const auto speech = SpeechSource::open(render.audio, {}, zygote_of(engine_.options().sandbox));
    if (speech && speech->expected_samples()) frames = frame_count(*speech->expected_samples());
  }
  if (render.end_frame) frames = std::min(frames, *render.end_frame);
  std::int64_t unknown = -1;  // a job that is over knows better
  states_[index].expected.compare_exchange_strong(unknown,
                                                  std::max<std::int64_t>(0, frames - render.first_frame));
}

BatchProgress BatchRun::progress_now() const {
  BatchProgress progress;
  progress.jobs_all = static_cast<int>(states_.size() + list_.bad_lines.size());
  progress.jobs_done = static_cast<int>(list_.bad_lines.size());
  std::int64_t all = 0;
  bool known = true;
  for (const State& state : states_) {
    progress.frames.frames_done += state.frames;
    all += std::max<std::int64_t>(state.expected, state.frames);
    known = known && state.expected >= 0;
    if (state.over) ++progress.jobs_done;
  }
  if (known) progress.frames.frames_all = all;
  progress.frames.elapsed_s = seconds_since(start_);
  return progress;
}

Status BatchRun::run(const std::function<bool(const BatchProgress&)>& progress) {
  sweep_folders();
  FRAMEGEN_TRY(start_threads());
  Clock::time_point reported{};
  std::size_t measured = 0;  // the calling thread has nothing else to do
  std::unique_lock lock(mutex_);
  while (working_ > 0) {
    if (measured < states_.size()) {
      lock.unlock();
      measure(measured++);
      lock.lock();
    } else {
      changed_.wait_for(lock, kProgressEvery, [&] { return working_ == 0; });
    }
    if (Clock::now() - reported < kProgressEvery) continue;
    reported = Clock::now();
    if (progress && !progress(progress_now())) cancelled_ = true;
  }
  if (cancelled_)
    return Error{ErrorCode::kCancelled, "batch", "stopped as you asked; finished outputs are whole",
                 "go on with --resume"};
  if (progress) (void)progress(progress_now());  // the last word counts all: there is nothing left to stop
  return {};
}

BatchReport BatchRun::report() const {
  BatchReport report;
  report.failures = list_.bad_lines;
  for (std::size_t i = 0; i < states_.size(); ++i) {
    const BatchJob& job = list_.jobs[i];
    if (states_[i].error) {
      report.failures.push_back({job.line, job.render.video.string(), *states_[i].error});
      continue;
    }
    report.results.push_back(states_[i].result);
    report.results.back().line = job.line;
    report.results.back().output = job.render.video.generic_string();
  }
  std::stable_sort(report.failures.begin(), report.failures.end(),
                   [](const BatchFailure& a, const BatchFailure& b) { return a.line < b.line; });
  report.elapsed_s = seconds_since(start_);
  report.peak_memory_bytes = peak_memory_bytes();
  return report;
}

}  // namespace framegen
