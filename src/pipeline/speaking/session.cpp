// session.cpp: any sample rate in, whole pictures out.
#include "framegen/session.hpp"

#include <atomic>
#include <cmath>
#include <vector>

#include "audio/resampler.hpp"
#include "pipeline/speaking/blend.hpp"
#include "pipeline/speaking/compose.hpp"
#include "pipeline/speaking/engine_impl.hpp"
#include "pipeline/speaking/face_stream.hpp"

namespace framegen {
namespace {

Error bad(const std::string& option, const std::string& range) {
  return {ErrorCode::kBadUse, "SessionOptions::" + option, "is out of range", "give " + range};
}

Status check(const SessionOptions& options, const AvatarInfo& info) {
  if (options.sample_rate_hz < 8000 || options.sample_rate_hz > 192000)
    return bad("sample_rate_hz", "8000 … 192000");
  if (options.start_frame < 0 || options.start_frame >= info.template_frames)
    return bad("start_frame",
               "0 … " + std::to_string(info.template_frames - 1) + ", this avatar's template frames");
  if (options.first_frame < 0) return bad("first_frame", "0 or more");
  if (options.max_buffer_ms < 1000) return bad("max_buffer_ms", "at least 1000");
  return {};
}

}  // namespace

struct Session::Impl {
  std::shared_ptr<const Avatar> avatar;
  SessionOptions options;
  std::optional<Resampler> resampler;  // none at 16 kHz
  std::vector<float> as_float;         // of pushed 16-bit samples
  std::vector<float> resampled;        // not yet taken by the stream, which was full
  std::unique_ptr<FaceStream> stream;
  Blender blender;
  Composer composer;
  std::atomic<std::int64_t> compose_ns{0};

  Impl(std::shared_ptr<const Avatar> a, const SessionOptions& o)
      : avatar(std::move(a)),
        options(o),
        blender(o.blend),
        composer(o.format, avatar->info().width, avatar->info().height) {}
  Result<bool> give_resampled();
};

// False: the stream is full; what was resampled waits for the next push.
Result<bool> Session::Impl::give_resampled() {
  if (resampled.empty()) return true;
  if (!FRAMEGEN_TRY(stream->push(resampled))) return false;
  resampled.clear();
  return true;
}

Result<Session> Session::create(std::shared_ptr<const Avatar> avatar, const SessionOptions& options) {
  if (avatar == nullptr)
    return Error{ErrorCode::kBadUse, "Session::create", "there is no avatar", "open one with Avatar::open"};
  FRAMEGEN_TRY(check(options, avatar->info()));
  Avatar::Impl& inside = avatar->impl();
  auto impl = std::make_unique<Impl>(avatar, options);
  if (options.sample_rate_hz != kSpeechRateHz)
    impl->resampler.emplace(FRAMEGEN_TRY(Resampler::create(options.sample_rate_hz, kSpeechRateHz)));
  impl->stream = FRAMEGEN_TRY(FaceStream::create(
      *inside.pool, *inside.speaker,
      {inside.speaker->template_loop(options.start_frame), options.first_frame, options.max_buffer_ms}));
  return Session(std::move(impl));
}

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Result<bool> Session::push(std::span<const float> samples) {
  for (const float sample : samples)
    if (!is_sound(sample))
      return Error{ErrorCode::kBadInput, "Session::push",
                   "a sample is NaN, infinite or far beyond full scale",
                   "push finite samples, full scale ±1"};
  if (!impl_->resampler) return impl_->stream->push(samples);
  if (!FRAMEGEN_TRY(impl_->give_resampled())) return false;
  FRAMEGEN_TRY(impl_->resampler->push(samples, impl_->resampled));
  FRAMEGEN_TRY(impl_->give_resampled());
  return true;
}

Result<bool> Session::push(std::span<const std::int16_t> samples) {
  impl_->as_float.assign(samples.begin(), samples.end());
  for (float& sample : impl_->as_float) sample *= 1.0f / 32768.0f;
  return push(std::span<const float>(impl_->as_float));
}

Status Session::finish() {
  if (impl_->resampler) {
    FRAMEGEN_TRY(impl_->resampler->finish(impl_->resampled));
    FRAMEGEN_TRY(impl_->stream->finish(impl_->resampled));
    impl_->resampled.clear();
    return {};
  }
  return impl_->stream->finish({});
}

Result<Pulled> Session::pull(Frame& frame, std::chrono::milliseconds wait) {
  FinishedFace face;
  const Pulled pulled = FRAMEGEN_TRY(impl_->stream->pull(face, wait, wait.count() < 0));
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
