// microphone.cpp: a short queue, then Opus through libavcodec; gaps in the timestamps become silence.
#include "webrtc/microphone.hpp"

#include <algorithm>
#include <cstring>

namespace framegen::server::webrtc {
namespace {

constexpr int kOpusRateHz = 48000;
constexpr std::uint32_t kMostSilence = kOpusRateHz;  // of a gap: a second; a longer one is a pause
constexpr std::uint32_t kBackwards = 1U << 31;

}  // namespace

bool parse_rtp(BytesView packet, RtpPacket& parsed) {
  constexpr std::size_t kHeader = 12;
  if (packet.size() < kHeader || packet[0] >> 6 != 2) return false;
  const std::size_t sources = packet[0] & 15;
  std::size_t begin = kHeader + 4 * sources, end = packet.size();
  if ((packet[0] & 0x10) != 0) {  // an extension
    if (begin + 4 > end) return false;
    begin += 4 + 4 * static_cast<std::size_t>(number_at(packet, begin + 2, 2));
  }
  if (begin > end) return false;
  if ((packet[0] & 0x20) != 0) {  // padding, whose last byte is its length
    const std::size_t padding = packet[end - 1];
    if (padding == 0 || begin + padding > end) return false;
    end -= padding;
  }
  parsed.payload_type = packet[1] & 0x7F;
  parsed.sequence = static_cast<std::uint16_t>(number_at(packet, 2, 2));
  parsed.timestamp = static_cast<std::uint32_t>(number_at(packet, 4, 4));
  parsed.payload = packet.subspan(begin, end - begin);
  return true;
}

Microphone::Microphone(int rate_hz, libav::Owner<AVCodecContext> decoder)
    : rate_hz_(rate_hz),
      decoder_(std::move(decoder)),
      frame_(libav::own(av_frame_alloc())),
      packet_(libav::own(av_packet_alloc())) {}

Result<Microphone> Microphone::create(int rate_hz) {
  libav::silence();
  const AVCodec* codec = avcodec_find_decoder_by_name("libopus");
  if (codec == nullptr) codec = avcodec_find_decoder(AV_CODEC_ID_OPUS);
  if (codec == nullptr)
    return Error{ErrorCode::kBadUse, "Opus", "this FFmpeg was built without it", "push the sound by HTTP"};
  auto decoder = libav::own(avcodec_alloc_context3(codec));
  decoder->sample_rate = kOpusRateHz;
  av_channel_layout_default(&decoder->ch_layout, 1);
  if (const int error = avcodec_open2(decoder.get(), codec, nullptr); error < 0)
    return Error{ErrorCode::kBadUse, "Opus", libav::error_text(error), "push the sound by HTTP"};
  return Microphone(rate_hz, std::move(decoder));
}

std::vector<std::int16_t> Microphone::take(const RtpPacket& packet) {
  if (next_ < 0 || late_ > kMostLate) {  // the second: they count anew from another number
    next_ = packet.sequence;
    expected_ = packet.timestamp;
    late_ = 0;
    waiting_.clear();
  }
  // The number that is nearest to the one expected, of all that look like this one on the wire.
  const auto ahead = static_cast<std::int16_t>(packet.sequence - static_cast<std::uint16_t>(next_));
  const std::int64_t number = next_ + ahead;
  late_ = number < next_ ? late_ + 1 : 0;
  if (number >= next_)
    waiting_[number] = {packet.timestamp, Bytes(packet.payload.begin(), packet.payload.end())};
  std::vector<std::int16_t> samples;
  while (!waiting_.empty() && (waiting_.begin()->first == next_ || waiting_.size() > kMostWaiting)) {
    decode(waiting_.begin()->second, samples);
    next_ = waiting_.begin()->first + 1;
    waiting_.erase(waiting_.begin());
  }
  return samples;
}

void Microphone::silence(std::uint32_t ticks, std::vector<std::int16_t>& samples) const {
  const auto many = static_cast<std::size_t>(ticks) * static_cast<std::size_t>(rate_hz_) / kOpusRateHz;
  samples.resize(samples.size() + many);
}

void Microphone::decode(const Waiting& packet, std::vector<std::int16_t>& samples) {
  const std::uint32_t gap = packet.timestamp - expected_;
  if (gap > 0 && gap < kBackwards) silence(std::min(gap, kMostSilence), samples);
  expected_ = packet.timestamp;
  if (packet.payload.empty() || av_new_packet(packet_.get(), static_cast<int>(packet.payload.size())) < 0)
    return;
  std::memcpy(packet_->data, packet.payload.data(), packet.payload.size());
  const bool taken = avcodec_send_packet(decoder_.get(), packet_.get()) == 0;
  av_packet_unref(packet_.get());
  while (taken && avcodec_receive_frame(decoder_.get(), frame_.get()) == 0) {
    expected_ += static_cast<std::uint32_t>(frame_->nb_samples);
    resample(samples);
    av_frame_unref(frame_.get());
  }
}

void Microphone::resample(std::vector<std::int16_t>& samples) {
  if (resampler_ == nullptr) {
    AVChannelLayout mono;
    av_channel_layout_default(&mono, 1);
    SwrContext* made = nullptr;
    if (swr_alloc_set_opts2(&made, &mono, AV_SAMPLE_FMT_S16, rate_hz_, &frame_->ch_layout,
                            static_cast<AVSampleFormat>(frame_->format), frame_->sample_rate, 0, nullptr) < 0)
      throw std::bad_alloc();
    resampler_ = libav::own(made);
    if (swr_init(resampler_.get()) < 0) throw std::bad_alloc();
  }
  const int most = swr_get_out_samples(resampler_.get(), frame_->nb_samples);
  if (most <= 0) return;
  const std::size_t before = samples.size();
  samples.resize(before + static_cast<std::size_t>(most));
  auto* to = reinterpret_cast<std::uint8_t*>(samples.data() + before);
  const int got = swr_convert(resampler_.get(), &to, most,
                              const_cast<const std::uint8_t**>(frame_->extended_data), frame_->nb_samples);
  samples.resize(before + static_cast<std::size_t>(std::max(0, got)));
}

}  // namespace framegen::server::webrtc
