// core.cpp: sound in, segment by segment.
#include "pipeline/live/core.hpp"

#include <algorithm>
#include <cmath>

namespace framegen {
namespace {

constexpr std::size_t kLeastStep =
    40;  // 2.5 ms at 16 kHz: soon enough, and not a piece of work for every sample
constexpr int kStreamBufferMs = 1000;  // resampled sound that a stream holds; the rest waits in the input
// Frame n's window ends with feature n+last, whose 16 mel columns end with half an STFT window
// (docs/reference.md §2, §3): 40·last + 172.5 ms after the frame's own time.
constexpr double kLeastLookAheadMs = 172.5;
constexpr int kMostLookAheadMs = 453;  // all that the network can use, where it looks seven features ahead

Error option_error(const std::string& option, const std::string& what, const std::string& remedy) {
  return {ErrorCode::kBadUse, "LiveOptions::" + option, what, remedy};
}

Status check(const LiveOptions& options, const AvatarInfo& info) {
  const auto outside = [](int value, int low, int high) { return value < low || value > high; };
  const int rate = options.sample_rate_hz;
  const char* const rates = "give 8000, 11025, 16000, 22050, 24000, 32000, 44100 or 48000";
  if (outside(rate, 8000, 48000))
    return option_error("sample_rate_hz", std::to_string(rate) + " Hz is out of range", rates);
  if (rate % kFramesPerSecond != 0)
    return option_error("sample_rate_hz", std::to_string(rate) + " Hz does not divide into frames of 1/25 s",
                        rates);
  if (options.look_ahead_ms != -1 &&
      outside(options.look_ahead_ms, static_cast<int>(std::ceil(kLeastLookAheadMs)), kMostLookAheadMs))
    return option_error("look_ahead_ms", "is out of range", "give 173 … 453, or -1 for all");
  if (outside(options.max_buffer_ms, 1000, 600000))
    return option_error("max_buffer_ms", "is out of range", "give 1000 … 600000");
  if (outside(options.cross_fade_frames, 0, 25))
    return option_error("cross_fade_frames", "is out of range", "give 0 … 25");
  if (outside(options.silence_gate_db, -90, 0))
    return option_error("silence_gate_db", "is out of range", "give -90 … 0; 0 is off");
  if (info.fps != kFramesPerSecond)
    return Error{ErrorCode::kBadUse, info.name, "has " + std::to_string(info.fps) + " frames/s",
                 "live sessions need an avatar of 25 frames/s"};
  return {};
}

int features_ahead(const LiveOptions& options, int last) {
  if (options.look_ahead_ms < 0) return last;
  return std::min(last, static_cast<int>((options.look_ahead_ms - kLeastLookAheadMs) / kFrameMs));
}

}  // namespace

LiveCore::LiveCore(std::shared_ptr<const Avatar> avatar, const LiveOptions& options)
    : avatar_(std::move(avatar)),
      options_(options),
      samples_per_frame_(options.sample_rate_hz / kFramesPerSecond),
      speaker_(*avatar_->impl().speaker),
      loop_(speaker_.live_loop()),
      input_(samples_per_frame_,
             static_cast<std::size_t>(std::int64_t{options.max_buffer_ms} * options.sample_rate_hz / 1000)),
      block_(static_cast<std::size_t>(samples_per_frame_)),
      picture_(speaker_, options.format, options.blend, options.cross_fade_frames),
      sound_(static_cast<std::size_t>(samples_per_frame_)) {
  if (options.silence_gate_db < 0 && avatar_->info().idle)
    gate_power_ = std::pow(10.0, options.silence_gate_db / 10.0);
}

Result<std::unique_ptr<LiveCore>> LiveCore::create(std::shared_ptr<const Avatar> avatar,
                                                   const LiveOptions& options) {
  if (avatar == nullptr)
    return Error{ErrorCode::kBadUse, "LiveSession::create", "there is no avatar",
                 "open one with Avatar::open"};
  FRAMEGEN_TRY(check(options, avatar->info()));
  if (avatar->impl().speaker->bundle().manifest().audio.features == kHubertFeatures)
    return Error{ErrorCode::kBadUse, avatar->info().name, "listens to 20 s of speech at once",
                 "render with it, or use an avatar of another family for live sessions"};
  std::unique_ptr<LiveCore> core(new LiveCore(std::move(avatar), options));
  FRAMEGEN_TRY(core->make_streams());
  return core;
}

Status LiveCore::make_streams() {
  if (options_.sample_rate_hz != kSpeechRateHz)
    resampler_.emplace(FRAMEGEN_TRY(Resampler::create(options_.sample_rate_hz, kSpeechRateHz)));
  FaceStream::Options stream_options{loop_};
  stream_options.max_buffer_ms = kStreamBufferMs;
  stream_options.least_step = kLeastStep;
  stream_options.batch = 1;  // a batch of 16 would be 640 ms
  stream_options.ahead = features_ahead(options_, speaker_.bundle().manifest().audio.last);
  for (auto& stream : streams_)
    stream = FRAMEGEN_TRY(FaceStream::create(*avatar_->impl().engine->pool, speaker_, stream_options));
  return {};
}

int LiveCore::look_ahead_ms() const {
  const int ahead = features_ahead(options_, speaker_.bundle().manifest().audio.last);
  return static_cast<int>(std::ceil(kLeastLookAheadMs + kFrameMs * ahead));
}

Error LiveCore::too_late(const char* function) const {
  return {ErrorCode::kBadUse, std::string("LiveSession::") + function, "the session was already finished",
          "give it speech before finish(), or make a new session"};
}

void LiveCore::changed() {
  ++changes_;
  changed_.notify_all();
}

Status LiveCore::speak(std::span<const std::int16_t> samples) {
  Utterance utterance{{samples.begin(), samples.end()}};
  const std::lock_guard lock(mutex_);
  if (error_) return *error_;
  if (finished_) return too_late("speak");
  if (utterances_.empty()) input_.flush();
  if (!samples.empty()) utterances_.push_back(std::move(utterance));
  move_in();
  changed();
  FRAMEGEN_TRY(begin_front());
  return feed();
}

// As much of what waits as there is room for.
void LiveCore::move_in() {
  while (!utterances_.empty()) {
    Utterance& next = utterances_.front();
    const auto room = input_.capacity() - static_cast<std::size_t>(input_.buffered());
    const auto piece =
        std::span(next.samples).subspan(next.moved, std::min(room, next.samples.size() - next.moved));
    if (piece.empty() || !input_.push(piece)) return;
    next.moved += piece.size();
    if (next.moved < next.samples.size()) return;
    input_.flush();
    utterances_.pop_front();
  }
}

Result<bool> LiveCore::push(std::span<const std::int16_t> samples) {
  const std::lock_guard lock(mutex_);
  if (error_) return *error_;
  if (finished_) return too_late("push");
  if (samples.size() > input_.capacity())
    return Error{ErrorCode::kBadUse, "LiveSession::push", "the piece is longer than max_buffer_ms",
                 "push smaller pieces, raise LiveOptions::max_buffer_ms, or use speak()"};
  if (!utterances_.empty() || !input_.push(samples)) return false;
  changed();
  FRAMEGEN_TRY(begin_front());
  FRAMEGEN_TRY(feed());
  return true;
}

Status LiveCore::flush() {
  const std::lock_guard lock(mutex_);
  if (error_) return *error_;
  if (utterances_.empty()) input_.flush();  // an utterance ends of itself
  changed();
  return feed();
}

Status LiveCore::finish() {
  {
    const std::lock_guard lock(mutex_);
    finished_ = true;
  }
  return flush();
}

void LiveCore::interrupt() {
  const std::lock_guard lock(mutex_);
  utterances_.clear();
  input_.interrupt();
  if (active_) stream().abandon();
  active_ = false;
  ++interrupts_;
  changed_.notify_all();
}

// As soon as there is sound, so that the next pull finds the first face made or nearly so. False: it must
// wait for the other stream, which the pulling thread is in or whose last faces are still being made; that is
// left to the pulling thread.
Result<bool> LiveCore::begin_front() {
  if (active_ || input_.front() == nullptr) return true;
  const std::size_t next = 1 - current_;
  if (pulled_from_ == next || !streams_[next]->restart(place_)) return false;
  current_ = next;
  if (resampler_) FRAMEGEN_TRY(resampler_->reset());
  waiting_.clear();
  active_ = true;
  begun_ = ending_ = false;
  was_silent_ = {true, true};
  return true;
}

// Moves sound of the front segment into its stream, as far as there is any and it is taken.
Status LiveCore::feed() {
  while (active_ && !ending_) {
    if (waiting_.empty()) {
      const std::size_t count = input_.feed(block_);
      as_float_.assign(block_.begin(), block_.begin() + static_cast<std::ptrdiff_t>(count));
      for (float& sample : as_float_) sample *= 1.0f / 32768.0f;
      if (resampler_) {
        FRAMEGEN_TRY(resampler_->push(as_float_, waiting_));
      } else {
        waiting_.assign(as_float_.begin(), as_float_.end());
      }
      ending_ = input_.fed_whole();
      if (ending_ && resampler_) FRAMEGEN_TRY(resampler_->finish(waiting_));
      if (ending_) return stream().finish(waiting_);
      if (count == 0) return {};
    }
    if (!waiting_.empty() && !FRAMEGEN_TRY(stream().push(waiting_))) return {};
    waiting_.clear();
  }
  return {};
}

LiveStats LiveCore::stats() const {
  const std::lock_guard lock(mutex_);
  LiveStats stats = stats_;
  std::int64_t samples = input_.buffered();
  for (const Utterance& waiting : utterances_)
    samples += static_cast<std::int64_t>(waiting.samples.size() - waiting.moved);
  stats.buffered_ms = samples * 1000 / options_.sample_rate_hz;
  return stats;
}

}  // namespace framegen
