// session.cpp: any sample rate in, whole pictures out.
#include "framegen/session.hpp"

#include <algorithm>
#include <atomic>
#include <vector>

#include "audio/resampler.hpp"
#include "pipeline/speaking/blend.hpp"
#include "pipeline/speaking/compose.hpp"
#include "pipeline/speaking/engine_impl.hpp"
#include "pipeline/speaking/face_stream.hpp"

namespace framegen {
namespace {

constexpr std::int64_t kLastFrame = 1'000'000'000;  // of more than a year's speech

Error no_session_option(const std::string& option, const std::string& range) {
  return {ErrorCode::kBadUse, "SessionOptions::" + option, "is out of range", "give " + range};
}

Status check(const SessionOptions& options, const AvatarInfo& info) {
  if (options.sample_rate_hz < 8000 || options.sample_rate_hz > 192000)
    return no_session_option("sample_rate_hz", "8000 … 192000");
  if (options.start_frame < 0 || options.start_frame >= info.template_frames)
    return no_session_option(
        "start_frame", "0 … " + std::to_string(info.template_frames - 1) + ", this avatar's template frames");
  if (options.first_frame < 0 || options.first_frame > kLastFrame)
    return no_session_option("first_frame", "0 … " + std::to_string(kLastFrame));
  if (options.max_buffer_ms < 1000 || options.max_buffer_ms > 3'600'000)
    return no_session_option("max_buffer_ms", "1000 … 3600000");
  if (options.expected_frames < 0) return no_session_option("expected_frames", "0 or more");
  return {};
}

Status check_sound(std::span<const float> samples, const char* where) {
  if (std::all_of(samples.begin(), samples.end(), is_sound)) return {};
  return Error{ErrorCode::kBadInput, where, "a sample is NaN, infinite or far beyond full scale",
               "give finite samples, full scale ±1"};
}

Error too_long() {
  return {ErrorCode::kBadUse, "Session::push", "the piece is longer than max_buffer_ms",
          "push smaller pieces, raise SessionOptions::max_buffer_ms, or use speak()"};
}

}  // namespace

struct Session::Impl {
  std::shared_ptr<const Avatar> avatar;
  SessionOptions options;
  std::optional<Resampler> resampler;  // none at 16 kHz
  std::vector<float> as_float;         // of pushed 16-bit samples
  std::vector<float> resampled;        // of it, from `given` on not yet taken by the stream, which was full
  std::size_t given = 0;
  bool finished = false;  // by the pushing thread
  Source source;          // of the pulling thread, where speak() was called
  std::vector<float> block;
  std::size_t block_size = 0;  // read from the source and not yet taken
  bool speaking = false;       // speak() was called
  bool pushed = false;
  std::unique_ptr<FaceStream> stream;
  Blender blender;
  Composer composer;
  std::atomic<std::int64_t> compose_ns{0};

  Impl(std::shared_ptr<const Avatar> a, const SessionOptions& o)
      : avatar(std::move(a)),
        options(o),
        blender(o.blend),
        composer(o.format, avatar->info().width, avatar->info().height) {}
  std::size_t most_samples() const {
    return static_cast<std::size_t>(std::int64_t{options.max_buffer_ms} * options.sample_rate_hz / 1000);
  }
  Result<bool> push(std::span<const float> samples);
  Status finish();
  Result<bool> give_resampled();
  Status begin_speaking();
  Status feed();
  Result<Pulled> pull(FinishedFace& face, std::chrono::milliseconds wait);
};

// False: the stream is full; the rest of what was resampled waits for the next push.
Result<bool> Session::Impl::give_resampled() {
  constexpr std::size_t kPiece = 1024;
  while (given < resampled.size()) {
    const auto piece = std::span(resampled).subspan(given, std::min(kPiece, resampled.size() - given));
    if (!FRAMEGEN_TRY(stream->push(piece))) return false;
    given += piece.size();
  }
  resampled.clear();
  given = 0;
  return true;
}

Result<bool> Session::Impl::push(std::span<const float> samples) {
  if (finished)
    return Error{ErrorCode::kBadUse, "Session::push", "the speech was already finished",
                 "push before finish(), or make a new session"};
  if (samples.size() > most_samples()) return too_long();
  if (!resampler) return stream->push(samples);
  if (!FRAMEGEN_TRY(give_resampled())) return false;
  FRAMEGEN_TRY(resampler->push(samples, resampled));
  FRAMEGEN_TRY(give_resampled());
  return true;
}

Status Session::Impl::finish() {
  if (finished) return {};
  finished = true;
  if (!resampler) return stream->finish({});
  FRAMEGEN_TRY(resampler->finish(resampled));
  FRAMEGEN_TRY(stream->finish(std::span(resampled).subspan(given)));
  resampled.clear();
  given = 0;
  return {};
}

Status Session::Impl::begin_speaking() {
  if (speaking || pushed || finished)
    return Error{ErrorCode::kBadUse, "Session::speak", "the session has speech already",
                 "speak once per session, and push nothing beside it"};
  block.resize(static_cast<std::size_t>(options.sample_rate_hz / 10));
  speaking = true;
  return {};
}

// Moves speech from its source into the stream until that is full.
Status Session::Impl::feed() {
  while (!finished) {
    if (block_size == 0) {
      block_size = std::min(FRAMEGEN_TRY(source(block)), block.size());
      if (block_size == 0) return finish();
      FRAMEGEN_TRY(check_sound(std::span(block).first(block_size), "Session::Source"));
    }
    if (!FRAMEGEN_TRY(push(std::span(block).first(block_size)))) return {};
    block_size = 0;
  }
  return {};
}

Result<Pulled> Session::Impl::pull(FinishedFace& face, std::chrono::milliseconds wait) {
  using Clock = std::chrono::steady_clock;
  if (!speaking) return stream->pull(face, wait, wait.count() < 0);
  const auto deadline = Clock::now() + std::min(wait, kLongestWait);
  for (;;) {
    FRAMEGEN_TRY(feed());
    const auto left = wait.count() < 0
                          ? wait
                          : std::max(std::chrono::milliseconds(0),
                                     std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()));
    const Pulled pulled = FRAMEGEN_TRY(stream->pull(face, left, true));
    // Nothing yet before the time is over: it wants more speech.
    if (pulled != Pulled::kAgain || left.count() == 0) return pulled;
  }
}

Result<Session> Session::create(std::shared_ptr<const Avatar> avatar, const SessionOptions& options) {
  if (avatar == nullptr)
    return Error{ErrorCode::kBadUse, "Session::create", "there is no avatar", "open one with Avatar::open"};
  FRAMEGEN_TRY(check(options, avatar->info()));
  Avatar::Impl& inside = avatar->impl();
  auto impl = std::make_unique<Impl>(avatar, options);
  if (options.sample_rate_hz != kSpeechRateHz)
    impl->resampler.emplace(FRAMEGEN_TRY(Resampler::create(options.sample_rate_hz, kSpeechRateHz)));
  impl->stream = FRAMEGEN_TRY(FaceStream::create(*inside.engine->pool, *inside.speaker,
                                                 {.loop = inside.speaker->template_loop(options.start_frame),
                                                  .first_frame = options.first_frame,
                                                  .expected_frames = options.expected_frames,
                                                  .max_buffer_ms = options.max_buffer_ms}));
  return Session(std::move(impl));
}

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Result<bool> Session::push(std::span<const float> samples) {
  if (impl_->speaking)
    return Error{ErrorCode::kBadUse, "Session::push", "the session speaks from speak()",
                 "push nothing beside it, or make a new session"};
  FRAMEGEN_TRY(check_sound(samples, "Session::push"));
  impl_->pushed = true;
  return impl_->push(samples);
}

Result<bool> Session::push(std::span<const std::int16_t> samples) {
  if (samples.size() > impl_->most_samples()) return too_long();
  impl_->as_float.assign(samples.begin(), samples.end());
  for (float& sample : impl_->as_float) sample *= 1.0f / 32768.0f;
  return push(std::span<const float>(impl_->as_float));
}

Status Session::speak(std::vector<float> samples) {
  FRAMEGEN_TRY(check_sound(samples, "Session::speak"));
  return speak([speech = std::move(samples), at = std::size_t{0}](std::span<float> out) mutable {
    const std::size_t count = std::min(out.size(), speech.size() - at);
    std::copy_n(speech.begin() + static_cast<std::ptrdiff_t>(at), count, out.begin());
    at += count;
    return Result<std::size_t>(count);
  });
}

Status Session::speak(std::vector<std::int16_t> samples) {
  return speak([speech = std::move(samples), at = std::size_t{0}](std::span<float> out) mutable {
    const std::size_t count = std::min(out.size(), speech.size() - at);
    for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<float>(speech[at + i]) / 32768.0f;
    at += count;
    return Result<std::size_t>(count);
  });
}

Status Session::speak(Source source) {
  if (!source) return Error{ErrorCode::kBadUse, "Session::speak", "there is no source", "give a function"};
  FRAMEGEN_TRY(impl_->begin_speaking());
  impl_->source = std::move(source);
  return {};
}

Status Session::finish() {
  if (impl_->speaking) return {};  // the source says when
  return impl_->finish();
}

Result<Pulled> Session::pull(Frame& frame, std::chrono::milliseconds wait) {
  frame.memory.reset();  // so that the next picture may stand where the last one stood
  FinishedFace face;
  const Pulled pulled = FRAMEGEN_TRY(impl_->pull(face, wait));
  if (pulled != Pulled::kFrame) return pulled;
  const auto start = std::chrono::steady_clock::now();
  face.area = impl_->blender.mix(*face.prepared, *face.area, kWholeFace);
  frame = impl_->composer.compose(face);
  impl_->compose_ns +=
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - start).count();
  return pulled;
}

std::optional<std::int64_t> Session::frames_all() const { return impl_->stream->frames_all(); }
bool Session::padded() const { return impl_->stream->padded(); }

SessionStats Session::stats() const {
  SessionStats stats = impl_->stream->stats();
  stats.compose_s = static_cast<double>(impl_->compose_ns) * 1e-9;
  return stats;
}

}  // namespace framegen
