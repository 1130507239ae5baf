// task.cpp: what a measuring process does: opens the avatar one way, warms up, measures, says what it
// saw.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>

#include "audio/speech_source.hpp"
#include "bench/child.hpp"
#include "bench/generator.hpp"
#include "bench/live_task.hpp"
#include "core/machine.hpp"
#include "framegen/render.hpp"
#include "framegen/session.hpp"
#include "nn/graph/load.hpp"
#include "pipeline/speaking/engine_impl.hpp"
#include "quality/metrics.hpp"

namespace framegen::app {
namespace {

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

struct Opened {
  Engine engine;
  std::shared_ptr<const Avatar> avatar;
  const Speaker& speaker() const { return *avatar->impl().speaker; }
};

Result<Opened> open(const BenchTask& task) {
  EngineOptions options = FRAMEGEN_TRY(task.engine.options());
  options.on_warning = {};
  Engine engine = FRAMEGEN_TRY(Engine::create(options));
  auto avatar = FRAMEGEN_TRY(Avatar::open(engine, task.avatar));
  FRAMEGEN_TRY(check_precision(task, avatar->info()));
  return Opened{std::move(engine), std::move(avatar)};
}

// The face boxes of a run, as bytes in a file: written by one process, compared by the others.
class Boxes {
 public:
  Boxes(const std::filesystem::path& file, bool is_truth) : file_(file.string()), is_truth_(is_truth) {
    stream_.open(file, std::ios::binary | (is_truth ? std::ios::out : std::ios::in));
  }

  Status take(const Frame& frame) {
    const ImageView box = frame.bgr.crop(frame.box.x, frame.box.y, frame.box.width, frame.box.height);
    if (other_.width() != box.width || other_.height() != box.height) other_ = Image(box.width, box.height);
    const std::streamsize row_bytes = std::streamsize{3} * box.width;
    for (int y = 0; y < box.height; ++y) {
      if (is_truth_)
        stream_.write(reinterpret_cast<const char*>(box.row(y)), row_bytes);
      else
        stream_.read(reinterpret_cast<char*>(other_.view().row(y)), row_bytes);
    }
    if (!stream_)
      return Error{ErrorCode::kBadOutput, file_, "the frames to compare with cannot be kept or read",
                   "make room in the temporary folder, or name another in TMPDIR"};
    sum_.add(frame.index, is_truth_ ? compare_pictures(box, box) : compare_pictures(other_.view(), box));
    return {};
  }

  Json result() const {
    const PictureMetrics all = sum_.total();
    const double psnr = all.psnr_db();
    return {{"reference", is_truth_},
            {"frames", sum_.frames()},
            {"identical", all.identical_share()},
            {"within_one", all.within_one_share()},
            {"largest", all.largest},
            {"psnr_db", std::isfinite(psnr) ? Json(psnr) : Json(nullptr)},
            {"ssim", all.ssim}};
  }

 private:
  std::string file_;
  bool is_truth_;
  std::fstream stream_;
  Image other_;
  MetricsSum sum_;
};

Result<Json> verify(const BenchTask& task) {
  const Opened opened = FRAMEGEN_TRY(open(task));
  SessionOptions options;
  if (task.new_frames) options.expected_frames = task.frames;
  Session session = FRAMEGEN_TRY(Session::create(opened.avatar, options));
  SpeechSource speech = FRAMEGEN_TRY(SpeechSource::open(task.audio));
  Boxes boxes(std::filesystem::path(task.folder) / "truth.bgr", task.is_truth);
  std::vector<float> block(16000);
  std::size_t size = 0;
  bool ended = false;
  Frame frame;
  for (int frames = 0; frames < task.frames;) {
    if (interrupted) return Error{ErrorCode::kCancelled, "bench", "stopped as you asked", ""};
    if (!ended && size == 0) size = FRAMEGEN_TRY(speech.read(block));
    if (!ended && size == 0) {
      ended = true;
      FRAMEGEN_TRY(session.finish());
    }
    if (size > 0 && FRAMEGEN_TRY(session.push(std::span<const float>(block).first(size)))) size = 0;
    const Pulled pulled =
        FRAMEGEN_TRY(session.pull(frame, std::chrono::milliseconds(size > 0 || ended ? 100 : 0)));
    if (pulled == Pulled::kFinished)
      return Error{ErrorCode::kBadInput, task.audio, "is too short", "ask for fewer --frames"};
    if (pulled != Pulled::kFrame) continue;
    FRAMEGEN_TRY(boxes.take(frame));
    ++frames;
  }
  return Json{{"agreement", boxes.result()}};
}

// What the generator's weights and workers take, where that is known. After all peaks were read: it loads the
// network again.
Result<Json> memory_of(const BenchTask& task, const Opened& opened) {
  const AvatarBundle& bundle = opened.speaker().bundle();
  const auto workers = static_cast<std::uint64_t>(opened.speaker().workers());
  const GeneratorMemory memory = opened.speaker().backend().memory();
  if (memory.weight_bytes == 0) {
    const graph::Graph network = FRAMEGEN_TRY(graph::load_onnx(bundle.generator_file()));
    std::uint64_t floats = 0;  // files may hold halves; they are computed with as floats
    for (const graph::Value& value : network.values)
      if (value.constant != nullptr) floats += value.constant->floats.size();
    return Json{
        {"weight_bytes", floats * sizeof(float) * (task.engine.mode == "session-pool" ? workers : 1)}};
  }
  return Json{{"weight_bytes", memory.weight_bytes},
              {"working_bytes", memory.working_bytes * workers},
              {"kept_bytes", memory.kept_bytes}};
}

Result<double> render_fps(const BenchTask& task, Opened& opened, int frames,
                          const std::filesystem::path& video) {
  RenderJob job;
  job.audio = task.audio;
  job.video = video;
  job.end_frame = frames;
  if (task.new_frames) job.expected_frames = task.frames;
  const auto report =
      FRAMEGEN_TRY(render(opened.engine, opened.avatar, job, [](const Progress&) { return !interrupted; }));
  return report.frames_per_second;
}

Result<Json> time(const BenchTask& task) {
  const auto start = Clock::now();
  Opened opened = FRAMEGEN_TRY(open(task));
  const Speaker& speaker = opened.speaker();
  {
    // A whole turn of the template loop at most: what comes after it is ready too.
    const int turn = 2 * opened.avatar->info().template_frames;
    const int needed = std::max(turn, speaker.workers() * speaker.batch());
    GeneratorBench warm =
        FRAMEGEN_TRY(GeneratorBench::create(speaker, task.audio, std::min(task.frames, needed)));
    FRAMEGEN_TRY(warm.warm_up());
  }
  Json json{{"backend", opened.avatar->info().backend},
            {"workers", speaker.workers()},
            {"batch", speaker.batch()},
            {"prepare_s", seconds_since(start)}};
  // ONNX Runtime takes new memory in the first two calls of every batch size, the last batch's among them:
  // seconds that belong to no frame.
  const int batches = 2 * speaker.workers() * speaker.batch() + task.frames % speaker.batch();
  FRAMEGEN_TRY(render_fps(task, opened, std::min(task.frames, batches), {}));
  json["render_fps"] = FRAMEGEN_TRY(render_fps(task, opened, task.frames, {}));
  json["peak_bytes"] = peak_memory_bytes();
  {
    GeneratorBench bench = FRAMEGEN_TRY(GeneratorBench::create(speaker, task.audio, task.frames));
    json["generator_fps"] = task.frames / FRAMEGEN_TRY(bench.run());
  }
  json["mp4_fps"] =
      FRAMEGEN_TRY(render_fps(task, opened, task.frames, std::filesystem::path(task.folder) / "bench.mp4"));
  json["peak_with_encoder_bytes"] = peak_memory_bytes();
  if (const auto memory = memory_of(task, opened))
    json.update(*memory);  // where it is not known, it is left out
  return json;
}

Result<Json> time_new_frames(const BenchTask& task) {
  Opened opened = FRAMEGEN_TRY(open(task));
  const Speaker& speaker = opened.speaker();
  const int batches = 2 * speaker.workers() * speaker.batch() + task.frames % speaker.batch();
  FRAMEGEN_TRY(render_fps(task, opened, std::min(task.frames, batches), {}));  // as in time()
  const double before = cpu_seconds();
  Json json{{"backend", opened.avatar->info().backend},
            {"workers", speaker.workers()},
            {"batch", speaker.batch()},
            {"fps", FRAMEGEN_TRY(render_fps(task, opened, task.frames, {}))},
            {"cpu_s", (cpu_seconds() - before) / task.frames},
            {"peak_bytes", peak_memory_bytes()}};
  json["mp4_fps"] =
      FRAMEGEN_TRY(render_fps(task, opened, task.frames, std::filesystem::path(task.folder) / "bench.mp4"));
  return json;
}

Result<Json> generator(const BenchTask& task) {
  const Opened opened = FRAMEGEN_TRY(open(task));
  GeneratorBench bench = FRAMEGEN_TRY(GeneratorBench::create(opened.speaker(), task.audio, task.frames));
  FRAMEGEN_TRY(bench.warm_up());
  return Json{{"generator_fps", task.frames / FRAMEGEN_TRY(bench.run())}};
}

}  // namespace

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Result<Json> do_bench_task(const BenchTask& task) {
  if (task.task == "live") return measure_live(task);
  if (task.task == "verify") return verify(task);
  if (task.task == "generator") return generator(task);
  return task.new_frames ? time_new_frames(task) : time(task);
}

}  // namespace framegen::app
