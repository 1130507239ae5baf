// whip.cpp: pictures and sound encoded on the caller's thread, and handed to the line.
#include "whip.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "audio/resampler.hpp"
#include "pictures/h264_encoder.hpp"
#include "protocol.hpp"
#include "webrtc/media_maker.hpp"
#include "webrtc/whip_http.hpp"
#include "webrtc/whip_line.hpp"

namespace framegen::server {
namespace {

using namespace webrtc;
constexpr int kOpusRate = 48000;
constexpr std::int64_t kPictureUs = 40'000;

bool is_opus_rate(int hz) { return hz == 8000 || hz == 16000 || hz == 24000 || hz == 48000; }

class Publisher : public WhipPublisher {
 public:
  Publisher(WhipHttp http, std::unique_ptr<PictureEncoder> encoder, MediaMaker maker)
      : http_(std::move(http)), encoder_(std::move(encoder)), maker_(std::move(maker)) {}
  ~Publisher() override {
    if (!closed_) (void)leave();
  }

  Status begin(const WhipOptions& options);
  Status write(const Frame& picture, std::span<const std::int16_t> sound) override;
  Status close() override {
    line_->drain();
    return leave();
  }

 private:
  Status leave();
  Status resample(std::span<const std::int16_t> sound);

  WhipHttp http_;
  std::unique_ptr<PictureEncoder> encoder_;
  MediaMaker maker_;
  std::optional<Resampler> resampler_;
  std::vector<float> floats_, resampled_;
  std::vector<std::int16_t> samples_;
  std::unique_ptr<WhipLine> line_ = std::make_unique<WhipLine>();
  std::string session_;
  std::int64_t pts_us_ = 0;
  bool closed_ = false;
};

Status Publisher::begin(const WhipOptions& options) {
  if (!is_opus_rate(options.sample_rate_hz))
    resampler_ = FRAMEGEN_TRY(Resampler::create(options.sample_rate_hz, kOpusRate));
  const Answering ours = FRAMEGEN_TRY(line_->open(http_.is_loopback()));
  const auto answer = FRAMEGEN_TRY(http_.offer(write_offer(ours, options.width * options.height)));
  session_ = answer.session;
  const Offer theirs = FRAMEGEN_TRY(parse_answer(answer.sdp));
  FRAMEGEN_TRY(line_->begin(theirs));
  return line_->wait(options.stop);
}

Status Publisher::write(const Frame& picture, std::span<const std::int16_t> sound) {
  if (line_->takes_key_wish()) encoder_->lost();
  if (const int rate = line_->takes_rate(); rate > 0) encoder_->set_rate(rate);
  const EncodedPicture encoded = FRAMEGEN_TRY(encoder_->encode(picture));
  if (resampler_) {
    FRAMEGEN_TRY(resample(sound));
    sound = samples_;
  }
  auto media = FRAMEGEN_TRY(maker_.make(pts_us_, encoded, sound));
  pts_us_ += kPictureUs;
  Status given = line_->give(std::move(media));
  if (!given) return std::move(given.error()).within(http_.name());
  return {};
}

Status Publisher::resample(std::span<const std::int16_t> sound) {
  floats_.assign(sound.begin(), sound.end());
  for (float& sample : floats_) sample /= 32768.0F;
  resampled_.clear();
  FRAMEGEN_TRY(resampler_->push(floats_, resampled_));
  samples_.clear();
  for (const float sample : resampled_)
    samples_.push_back(
        static_cast<std::int16_t>(std::clamp(std::lround(sample * 32768.0F), -32768L, 32767L)));
  return {};
}

Status Publisher::leave() {
  closed_ = true;
  line_.reset();
  return http_.leave(session_);
}

}  // namespace

Result<std::unique_ptr<WhipPublisher>> open_whip(const WhipOptions& options) {
  auto http = FRAMEGEN_TRY(WhipHttp::create(options.url, options.token, options.stop));
  auto encoder = FRAMEGEN_TRY(
      make_picture_encoder(VideoFormat::kH264Line, options.width, options.height, Start{}.quality, nullptr));
  auto opus = FRAMEGEN_TRY(
      OpusEncoder::create(is_opus_rate(options.sample_rate_hz) ? options.sample_rate_hz : kOpusRate));
  auto publisher =
      std::make_unique<Publisher>(std::move(http), std::move(encoder), MediaMaker(std::move(opus)));
  if (Status begun = publisher->begin(options); !begun) {
    const std::string& name = options.url.substr(0, options.url.find_first_of("?#"));
    if (begun.error().where.starts_with(name)) return begun.error();
    return std::move(begun.error()).within(name);
  }
  return std::unique_ptr<WhipPublisher>(std::move(publisher));
}

}  // namespace framegen::server
