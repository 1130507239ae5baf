// resampler.cpp: libsoxr as a stream, cut to the reference's length (docs/reference.md §1).
#include "audio/resampler.hpp"

#include <soxr.h>

#include <algorithm>
#include <array>
#include <string>

namespace framegen {
namespace {

struct Delete {
  void operator()(soxr* s) const { soxr_delete(s); }
};

Error soxr_failed(const char* why) {
  return {ErrorCode::kInternal, "resampler", std::string("libsoxr says: ") + why, {}};
}

}  // namespace

struct Resampler::Impl {
  int in_rate_hz = 0, out_rate_hz = 0;
  std::unique_ptr<soxr, Delete> soxr_stream;  // null: equal rates
  std::int64_t taken = 0, given = 0;          // samples in and out so far

  // ceil(taken·out/in)
  std::int64_t total() const { return (taken * out_rate_hz + in_rate_hz - 1) / in_rate_hz; }

  // Appends all that comes out. `in` null: flush.
  Status process(const float* in, std::size_t in_size, std::vector<float>& out);
};

Status Resampler::Impl::process(const float* in, std::size_t in_size, std::vector<float>& out) {
  std::array<float, 4096> block;
  for (;;) {
    std::size_t used = 0, made = 0;
    const soxr_error_t error =
        soxr_process(soxr_stream.get(), in, in_size, &used, block.data(), block.size(), &made);
    if (error != nullptr) return soxr_failed(error);
    out.insert(out.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(made));
    given += static_cast<std::int64_t>(made);
    if (in != nullptr) in += used, in_size -= used;
    if (in_size == 0 && made < block.size()) return {};
  }
}

Resampler::Resampler(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Resampler::Resampler(Resampler&&) noexcept = default;
Resampler& Resampler::operator=(Resampler&&) noexcept = default;
Resampler::~Resampler() = default;

Result<Resampler> Resampler::create(int in_rate_hz, int out_rate_hz) {
  for (const int rate : {in_rate_hz, out_rate_hz}) {
    if (rate < kLowestRateHz || rate > kHighestRateHz)
      return Error{ErrorCode::kBadInput,
                   {},
                   "a sample rate of " + std::to_string(rate) + " Hz is outside " +
                       std::to_string(kLowestRateHz) + " … " + std::to_string(kHighestRateHz) + " Hz",
                   "convert the sound, or correct its header"};
  }
  auto impl = std::make_unique<Impl>();
  impl->in_rate_hz = in_rate_hz;
  impl->out_rate_hz = out_rate_hz;
  if (in_rate_hz != out_rate_hz) {
    soxr_error_t error = nullptr;
    const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
    const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
    impl->soxr_stream.reset(soxr_create(in_rate_hz, out_rate_hz, 1, &error, &io, &quality, nullptr));
    if (error != nullptr || !impl->soxr_stream) return soxr_failed(soxr_strerror(error));
  }
  return Resampler(std::move(impl));
}

Status Resampler::push(std::span<const float> samples, std::vector<float>& out) {
  if (samples.empty()) return {};  // whose address may be null, which would mean the end
  impl_->taken += static_cast<std::int64_t>(samples.size());
  if (impl_->soxr_stream) return impl_->process(samples.data(), samples.size(), out);
  out.insert(out.end(), samples.begin(), samples.end());
  return {};
}

Status Resampler::finish(std::vector<float>& out) {
  Impl& s = *impl_;
  if (!s.soxr_stream || s.taken == 0) return {};
  FRAMEGEN_TRY(s.process(nullptr, 0, out));
  // libsoxr rounds the length to the nearest sample: the reference adds a zero where that is one too few.
  const std::int64_t missing = s.total() - s.given;
  out.resize(static_cast<std::size_t>(std::max<std::int64_t>(0, std::ssize(out) + missing)));
  s.given += missing;
  return {};
}

Status Resampler::reset() {
  Impl& s = *impl_;
  s.taken = s.given = 0;
  if (s.soxr_stream) {
    if (const soxr_error_t error = soxr_clear(s.soxr_stream.get())) return soxr_failed(error);
  }
  return {};
}

}  // namespace framegen
