// live_session.cpp: the public face of a live session.
#include "framegen/live.hpp"
#include "pipeline/live/core.hpp"

namespace framegen {

struct LiveSession::Impl {
  std::unique_ptr<LiveCore> core;
};

Result<LiveSession> LiveSession::create(std::shared_ptr<const Avatar> avatar, const LiveOptions& options) {
  auto impl = std::make_unique<Impl>();
  impl->core = FRAMEGEN_TRY(LiveCore::create(std::move(avatar), options));
  return LiveSession(std::move(impl));
}

LiveSession::LiveSession(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LiveSession::LiveSession(LiveSession&&) noexcept = default;
LiveSession& LiveSession::operator=(LiveSession&&) noexcept = default;
LiveSession::~LiveSession() = default;

Status LiveSession::speak(std::span<const std::int16_t> samples) { return impl_->core->speak(samples); }
Result<bool> LiveSession::push(std::span<const std::int16_t> samples) { return impl_->core->push(samples); }
Status LiveSession::flush() { return impl_->core->flush(); }
Status LiveSession::interrupt() {
  impl_->core->interrupt();
  return {};
}
Status LiveSession::finish() { return impl_->core->finish(); }
Result<LivePulled> LiveSession::pull(LiveOutput& out, std::chrono::milliseconds wait) {
  return impl_->core->pull(out, wait);
}
int LiveSession::samples_per_frame() const { return impl_->core->samples_per_frame(); }
int LiveSession::look_ahead_ms() const { return impl_->core->look_ahead_ms(); }
LiveStats LiveSession::stats() const { return impl_->core->stats(); }

}  // namespace framegen
