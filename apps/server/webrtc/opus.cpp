// opus.cpp: libopus through libavcodec, for lines that lose packets.
#include "webrtc/opus.hpp"

#include <algorithm>
#include <cstring>

namespace framegen::server::webrtc {
namespace {

constexpr int kBitsPerSecond = 32000;
constexpr int kPacketsPerSecond = 50;

Error failed(int error) {
  return {ErrorCode::kInternal, "Opus", libav::error_text(error), "use the WebSocket, /v1/session"};
}

}  // namespace

OpusEncoder::OpusEncoder(libav::Owner<AVCodecContext> encoder)
    : encoder_(std::move(encoder)),
      frame_(libav::own(av_frame_alloc())),
      packet_(libav::own(av_packet_alloc())) {
  frame_->format = AV_SAMPLE_FMT_S16;
  frame_->sample_rate = encoder_->sample_rate;
  frame_->nb_samples = encoder_->sample_rate / kPacketsPerSecond;
  av_channel_layout_default(&frame_->ch_layout, 1);
  if (av_frame_get_buffer(frame_.get(), 0) < 0) throw std::bad_alloc();
}

Result<OpusEncoder> OpusEncoder::create(int rate_hz) {
  libav::silence();
  if (rate_hz != 8000 && rate_hz != 16000 && rate_hz != 24000 && rate_hz != 48000)
    return Error{ErrorCode::kBadUse, "rate", std::to_string(rate_hz) + " Hz is none of Opus's",
                 "give 8000, 16000, 24000 or 48000"};
  const AVCodec* const codec = avcodec_find_encoder_by_name("libopus");
  if (codec == nullptr)
    return Error{ErrorCode::kBadUse, "Opus", "this FFmpeg was built without libopus",
                 "use the WebSocket, /v1/session"};
  auto encoder = libav::own(avcodec_alloc_context3(codec));
  encoder->sample_rate = rate_hz;
  encoder->sample_fmt = AV_SAMPLE_FMT_S16;
  encoder->bit_rate = kBitsPerSecond;
  encoder->time_base = {1, rate_hz};
  av_channel_layout_default(&encoder->ch_layout, 1);
  libav::set_option(encoder->priv_data, "frame_duration", "20");
  // A lost packet's sound is in the next one, coarsely.
  libav::set_option(encoder->priv_data, "application", "voip");
  libav::set_option(encoder->priv_data, "fec", "1");
  libav::set_option(encoder->priv_data, "packet_loss", "5");
  if (const int error = avcodec_open2(encoder.get(), codec, nullptr); error < 0) return failed(error);
  return OpusEncoder(std::move(encoder));
}

Result<std::vector<Bytes>> OpusEncoder::encode(std::span<const std::int16_t> samples) {
  std::vector<Bytes> packets;
  const auto whole = static_cast<std::size_t>(frame_->nb_samples);
  while (!samples.empty()) {
    if (filled_ == 0 && av_frame_make_writable(frame_.get()) < 0) throw std::bad_alloc();
    const std::size_t more = std::min(samples.size(), whole - filled_);
    std::memcpy(frame_->data[0] + 2 * filled_, samples.data(), 2 * more);
    samples = samples.subspan(more);
    filled_ += more;
    if (filled_ == whole) FRAMEGEN_TRY(encode_frame(packets));
  }
  return packets;
}

Status OpusEncoder::encode_frame(std::vector<Bytes>& packets) {
  filled_ = 0;
  frame_->pts = next_;
  next_ += frame_->nb_samples;
  if (const int error = avcodec_send_frame(encoder_.get(), frame_.get()); error < 0) return failed(error);
  while (avcodec_receive_packet(encoder_.get(), packet_.get()) == 0) {
    packets.emplace_back(packet_->data, packet_->data + packet_->size);
    av_packet_unref(packet_.get());
  }
  return {};
}

}  // namespace framegen::server::webrtc
