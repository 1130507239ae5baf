// render.cpp: a loop over a Session: read speech, push, pull, write.
#include "framegen/render.hpp"

#include <algorithm>
#include <chrono>

#include "audio/speech_source.hpp"
#include "core/file_guard.hpp"
#include "core/machine.hpp"
#include "features/mel_windows.hpp"
#include "pipeline/rendering/report.hpp"
#include "pipeline/rendering/sinks.hpp"
#include "pipeline/speaking/engine_impl.hpp"
#include "pipeline/speaking/sandbox_impl.hpp"

namespace framegen {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kReadSamples = kSpeechRateHz / 2;
constexpr auto kProgressEvery = std::chrono::milliseconds(100);

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// One job under way.
class Rendering {
 public:
  Rendering(const RenderJob& job, const std::function<bool(const Progress&)>& progress)
      : job_(job), progress_(progress) {}
  Status run(Session& session, SpeechSource& speech, Sink& sink);

  std::int64_t frames = 0, samples = 0;
  double read_s = 0, sink_s = 0;

 private:
  bool wants_more() const { return !job_.end_frame || job_.first_frame + frames < *job_.end_frame; }
  Status feed(Session& session, SpeechSource& speech);
  Status write(const Frame& frame, Sink& sink);
  Status report_progress(const Session& session);

  const RenderJob& job_;
  const std::function<bool(const Progress&)>& progress_;
  Clock::time_point start_ = Clock::now(), last_progress_{};
  std::vector<float> block_ = std::vector<float>(kReadSamples);
  std::size_t block_size_ = 0;  // read, not yet taken by the session
  bool speech_ended_ = false;
  std::optional<std::int64_t> expected_frames_;
};

// Reads and pushes until the session is full or the speech has ended.
Status Rendering::feed(Session& session, SpeechSource& speech) {
  const auto start = Clock::now();
  while (!speech_ended_) {
    if (block_size_ == 0) {
      block_size_ = FRAMEGEN_TRY(speech.read(block_));
      samples += static_cast<std::int64_t>(block_size_);
      speech_ended_ = block_size_ == 0;
    }
    if (speech_ended_) {
      FRAMEGEN_TRY(session.finish());
    } else if (FRAMEGEN_TRY(session.push(std::span<const float>(block_).first(block_size_)))) {
      block_size_ = 0;
    } else {
      break;
    }
  }
  read_s += seconds_since(start);
  return {};
}

Status Rendering::write(const Frame& frame, Sink& sink) {
  const auto start = Clock::now();
  SinkFrame out;
  out.index = frames;
  out.bgr = frame.bgr;
  out.i420 = {frame.planes, frame.plane_strides, next_even(frame.width), next_even(frame.height)};
  FRAMEGEN_TRY(sink.write(out));
  ++frames;
  sink_s += seconds_since(start);
  return {};
}

Status Rendering::report_progress(const Session& session) {
  if (!progress_ || Clock::now() - last_progress_ < kProgressEvery) return {};
  last_progress_ = Clock::now();
  std::optional<std::int64_t> end = session.frames_all() ? session.frames_all() : expected_frames_;
  if (job_.end_frame) end = end ? std::min(*end, *job_.end_frame) : *job_.end_frame;
  if (end) *end = std::max<std::int64_t>(0, *end - job_.first_frame);
  if (progress_({frames, end, seconds_since(start_)})) return {};
  return Error{ErrorCode::kCancelled, "render", "stopped as you asked; nothing was written", ""};
}

Status Rendering::run(Session& session, SpeechSource& speech, Sink& sink) {
  if (const auto length = speech.expected_samples()) expected_frames_ = frame_count(*length);
  Frame frame;
  while (wants_more()) {
    FRAMEGEN_TRY(feed(session, speech));
    const Pulled pulled = FRAMEGEN_TRY(session.pull(frame, kProgressEvery));
    if (pulled == Pulled::kFinished) break;
    if (pulled == Pulled::kFrame) FRAMEGEN_TRY(write(frame, sink));
    FRAMEGEN_TRY(report_progress(session));
  }
  if (frames == 0) {
    const std::string all = session.frames_all() ? std::to_string(*session.frames_all()) : "fewer";
    return Error{
        ErrorCode::kBadUse, "RenderJob::first_frame",
        "starts at frame " + std::to_string(job_.first_frame) + ", and the speech has " + all + " frames",
        "give a range inside the speech"};
  }
  return {};
}

std::int64_t expected_frames(const RenderJob& job, const SpeechSource& speech) {
  if (job.expected_frames != kWholeSpeech) return std::max<std::int64_t>(0, job.expected_frames);
  const auto length = speech.expected_samples();
  return length ? frame_count(*length) : 0;
}

ImagePartCounts counts_of(const Avatar& avatar) {
  const PartCounts counts = avatar.impl().speaker->backend().part_counts();
  return {counts.in_memory, counts.from_disk, counts.computed, counts.at_once};
}

Status check_files(const RenderJob& job, const Avatar& avatar) {
  const NamedFile inputs[] = {{"RenderJob::audio", job.audio},
                              {"avatar", avatar.impl().speaker->bundle().folder()}};
  const NamedFile outputs[] = {{"RenderJob::video", job.video},
                               {"RenderJob::frames_folder", job.frames_folder},
                               {"RenderJob::raw", job.raw},
                               {"RenderJob::hash", job.hash}};
  return check_outputs(inputs, outputs);
}

// 4:2:0 video has even sizes alone. As x264's users know it from FFmpeg's pad filter: nothing is cut off, the
// edge is doubled.
void say_video_size(const RenderJob& job, const AvatarInfo& info, const Log& log, RenderReport& report) {
  if (job.video.empty()) return;
  report.video_width = next_even(info.width);
  report.video_height = next_even(info.height);
  if (report.video_width == info.width && report.video_height == info.height) return;
  const auto size = [](int width, int height) {
    return std::to_string(width) + "×" + std::to_string(height);
  };
  warn(log, job.video.string() + ": is " + size(report.video_width, report.video_height) +
                ", because H.264 has even sizes: the edges of " + size(info.width, info.height) +
                " are repeated");
}

PixelFormat format_for(PixelNeed need) {
  return need == PixelNeed::kI420  ? PixelFormat::kI420
         : need == PixelNeed::kBgr ? PixelFormat::kBgr
                                   : PixelFormat::kBgrAndI420;
}

}  // namespace

Result<RenderReport> render(Engine& engine, std::shared_ptr<const Avatar> avatar, const RenderJob& job,
                            const std::function<bool(const Progress&)>& progress) {
  const auto start = Clock::now();
  const EngineOptions& options = engine.options();
  const Log log = [&](LogLevel level, std::string_view text) {
    if (level == LogLevel::kWarning && options.on_warning) options.on_warning(text);
  };
  FRAMEGEN_TRY(check_files(job, *avatar));
  SpeechSource speech = FRAMEGEN_TRY(SpeechSource::open(job.audio, log, zygote_of(options.sandbox)));
  RenderSinks sinks = FRAMEGEN_TRY(RenderSinks::make(job, zygote_of(options.sandbox)));
  SessionOptions session_options;
  session_options.format = format_for(sinks.sink().need());
  session_options.start_frame = job.start_frame;
  session_options.first_frame = job.first_frame;
  session_options.blend = job.blend;
  session_options.expected_frames = expected_frames(job, speech);
  Session session = FRAMEGEN_TRY(Session::create(avatar, session_options));

  RenderReport report;
  const ImagePartCounts before = counts_of(*avatar);
  // Before any output exists: memory that ends inside a JSON library's destructor ends the program.
  report.context_json = context_json(engine, *avatar);
  say_video_size(job, avatar->info(), log, report);
  Rendering rendering(job, progress);
  FRAMEGEN_TRY(sinks.begin(avatar->info()));
  FRAMEGEN_TRY(rendering.run(session, speech, sinks.sink()));
  if (session.padded())
    warn(log, job.audio.string() + ": shorter than 3,000 samples at 16 kHz; silence was added");
  const auto finishing = Clock::now();
  FRAMEGEN_TRY(sinks.sink().finish());
  rendering.sink_s += seconds_since(finishing);

  report.frames = rendering.frames;
  report.elapsed_s = seconds_since(start);
  report.frames_per_second = static_cast<double>(report.frames) / report.elapsed_s;
  report.speech_s = static_cast<double>(rendering.samples) / kSpeechRateHz;
  report.frames_sha256 = sinks.frames_sha256();
  report.peak_memory_bytes = peak_memory_bytes();
  const ImagePartCounts after = counts_of(*avatar);
  report.image_parts = {after.in_memory - before.in_memory, after.from_disk - before.from_disk,
                        after.computed - before.computed, after.at_once - before.at_once};
  report.stages = stage_times(session.stats(), rendering.read_s, rendering.sink_s, *avatar);
  return report;
}

}  // namespace framegen
