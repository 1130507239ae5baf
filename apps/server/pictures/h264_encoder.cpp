// h264_encoder.cpp: x264 for latency: no reordering, no look-ahead, one thread, a bounded rate.
#include "pictures/h264_encoder.hpp"

#include <cstring>

#include "core/frame_rate.hpp"
#include "sink/h264_encoder.hpp"

namespace framegen::server {
namespace {

constexpr int kKeyPictureS = 10;               // nobody seeks; a viewer that fails begins anew with one
constexpr int kMostBitsPerSecond = 3'200'000;  // 400 kB/s
constexpr int kFirstBitsPerSecond = 700'000;   // over a line that nothing is known of
constexpr int kBufferPerSecond = 4;            // a line's pictures: what one may take, of a second's bits

H264Options options_of(int quality) {
  return {.crf = 40 - quality / 5.0,
          .preset = "superfast",
          .tune = "zerolatency",
          .threads = 1,
          .key_frame_s = kKeyPictureS,
          .most_bits_per_second = kMostBitsPerSecond,
          .headers_apart = false};
}

Result<libav::Owner<AVCodecContext>> open(int width, int height, const H264Options& options) {
  libav::silence();
  SinkFormat format;
  format.width = width;
  format.height = height;
  format.fps_numerator = kFramesPerSecond;
  auto encoder = open_h264("H.264", options, format);
  if (!encoder) return Error{ErrorCode::kBadUse, "format", encoder.error().what, "ask for \"jpeg\""};
  return encoder;
}

void copy_plane(const Frame& frame, std::size_t plane, AVFrame& to) {
  const int shift = plane == 0 ? 0 : 1;
  const std::uint8_t* from = frame.planes[plane];
  for (int y = 0; y < to.height >> shift; ++y, from += frame.plane_strides[plane])
    std::memcpy(to.data[plane] + std::ptrdiff_t{y} * to.linesize[plane], from,
                static_cast<std::size_t>(to.width >> shift));
}

Error failed(int error) {
  return Error{ErrorCode::kInternal, "H.264", libav::error_text(error), "ask for \"format\":\"jpeg\""};
}

}  // namespace

H264Encoder::H264Encoder(libav::Owner<AVCodecContext> encoder)
    : encoder_(std::move(encoder)), picture_(picture_of(*encoder_)), packet_(libav::own(av_packet_alloc())) {}

Result<std::unique_ptr<H264Encoder>> H264Encoder::create(int width, int height, int quality) {
  auto encoder = FRAMEGEN_TRY(open(width, height, options_of(quality)));
  return std::unique_ptr<H264Encoder>(new H264Encoder(std::move(encoder)));
}

Result<std::unique_ptr<H264Encoder>> H264Encoder::create_for_line(int width, int height, int quality) {
  H264Options options = options_of(quality);
  options.profile = "baseline";
  options.most_bits_per_second = kFirstBitsPerSecond;
  auto encoder = FRAMEGEN_TRY(open(width, height, options));
  std::unique_ptr<H264Encoder> made(new H264Encoder(std::move(encoder)));
  made->set_rate(kFirstBitsPerSecond);
  return made;
}

// libavcodec looks at both before each picture, and x264 takes them up.
void H264Encoder::set_rate(int bits_per_second) {
  encoder_->rc_max_rate = bits_per_second;
  encoder_->rc_buffer_size = bits_per_second / kBufferPerSecond;
}

Result<EncodedPicture> H264Encoder::encode(const Frame& frame) {
  av_packet_unref(packet_.get());
  if (const int error = av_frame_make_writable(picture_.get()); error < 0) return failed(error);
  for (std::size_t plane = 0; plane < 3; ++plane) copy_plane(frame, plane, *picture_);
  picture_->pts = next_++;
  picture_->pict_type = key_wanted_ ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
  key_wanted_ = false;
  if (const int error = avcodec_send_frame(encoder_.get(), picture_.get()); error < 0) return failed(error);
  if (const int error = avcodec_receive_packet(encoder_.get(), packet_.get()); error < 0)
    return failed(error);
  return EncodedPicture{{packet_->data, static_cast<std::size_t>(packet_->size)},
                        (packet_->flags & AV_PKT_FLAG_KEY) != 0};
}

}  // namespace framegen::server
