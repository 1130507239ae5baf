// url_writer.cpp: one muxer, two encoders, every wait breakable.
#include "sink/url_writer.hpp"

#include <algorithm>
#include <cstring>

#include "core/frame_rate.hpp"
#include "sink/ai_mark.hpp"
#include "sink/h264_encoder.hpp"
#include "sink/planes.hpp"

namespace framegen {
namespace {

constexpr auto kFarewell = std::chrono::seconds(3);

const char* format_for(const std::string& url) {
  if (url == "-") return "nut";
  const std::pair<const char*, const char*> known[] = {{"rtmp:", "flv"},   {"rtmps:", "flv"},
                                                       {"rtsp:", "rtsp"},  {"srt:", "mpegts"},
                                                       {"udp:", "mpegts"}, {"tcp:", "mpegts"}};
  for (const auto& [scheme, format] : known)
    if (url.starts_with(scheme)) return format;
  return nullptr;  // by the file's name
}

libav::Owner<AVCodecContext> context_of(AVCodecID id) {
  const AVCodec* codec = avcodec_find_encoder(id);
  return codec == nullptr ? nullptr : libav::own(avcodec_alloc_context3(codec));
}

bool is_address(const std::string& url) { return url.find("://") != std::string::npos; }

}  // namespace

// Asked by libavformat before everything that may block. A file's every write is such a thing: broken off at
// once, it would be a video without its index.
int UrlWriter::must_break_off(void* writer) {
  auto& self = *static_cast<UrlWriter*>(writer);
  if (self.options_.stop == nullptr || !*self.options_.stop) return 0;
  const auto now = std::chrono::steady_clock::now();
  if (!self.stop_seen_) self.stop_seen_ = now;
  return !self.opened_ || now - *self.stop_seen_ > kFarewell ? 1 : 0;
}

Error UrlWriter::failed(int error) const {
  if (options_.stop != nullptr && *options_.stop)
    return {ErrorCode::kCancelled, options_.url, "stopped as you asked", ""};
  return {ErrorCode::kBadOutput, options_.url, "cannot be written: " + libav::error_text(error),
          is_address(options_.url) ? "check that somebody listens there and takes this format (--format)"
                                   : "check that the folder exists, is writable and has free space"};
}

Result<std::unique_ptr<UrlWriter>> UrlWriter::open(const UrlOptions& options) {
  libav::silence();
  std::unique_ptr<UrlWriter> writer(new UrlWriter(options));
  writer->packet_ = libav::own(av_packet_alloc());
  FRAMEGEN_TRY(writer->connect());
  return writer;
}

Status UrlWriter::connect() {
  const std::string url = options_.url == "-" ? "pipe:1" : options_.url;
  const char* format = options_.format.empty() ? format_for(options_.url) : options_.format.c_str();
  int error = avformat_alloc_output_context2(&file_, nullptr, format, url.c_str());
  if (error < 0 && file_ == nullptr)
    return Error{ErrorCode::kBadOutput, options_.url,
                 options_.format.empty() ? "does not say by its ending which container is meant"
                                         : "FFmpeg has no container called " + options_.format,
                 "give --format mpegts, flv, mp4, matroska or another of FFmpeg's"};
  if (error < 0) return failed(error);
  file_->interrupt_callback = {must_break_off, this};
  file_->flags |= AVFMT_FLAG_FLUSH_PACKETS;
  FRAMEGEN_TRY(open_video());
  FRAMEGEN_TRY(open_sound());
  libav::set(file_->metadata, "comment", kGeneratedComment);
  if ((file_->oformat->flags & AVFMT_NOFILE) == 0)
    error = avio_open2(&file_->pb, url.c_str(), AVIO_FLAG_WRITE, &file_->interrupt_callback, nullptr);
  if (error >= 0) error = avformat_write_header(file_, nullptr);
  if (error < 0) return failed(error);
  opened_ = true;
  return {};
}

UrlWriter::~UrlWriter() {
  if (file_ != nullptr && (file_->oformat->flags & AVFMT_NOFILE) == 0) avio_closep(&file_->pb);
  avformat_free_context(file_);
}

Status UrlWriter::add_stream(const AVCodecContext& encoder, int& stream) {
  AVStream* added = avformat_new_stream(file_, nullptr);
  if (added == nullptr || avcodec_parameters_from_context(added->codecpar, &encoder) < 0)
    throw std::bad_alloc();
  added->time_base = encoder.time_base;
  if (encoder.codec_type == AVMEDIA_TYPE_VIDEO) added->avg_frame_rate = encoder.framerate;
  stream = added->index;
  return {};
}

Status UrlWriter::open_video() {
  const bool headers_apart = (file_->oformat->flags & AVFMT_GLOBALHEADER) != 0;
  if (options_.raw) {
    video_ = context_of(AV_CODEC_ID_RAWVIDEO);
    video_->width = next_even(options_.width);
    video_->height = next_even(options_.height);
    video_->pix_fmt = AV_PIX_FMT_YUV420P;
    video_->time_base = {1, kFramesPerSecond};
    video_->framerate = {kFramesPerSecond, 1};
    if (const int error = avcodec_open2(video_.get(), nullptr, nullptr); error < 0) return failed(error);
  } else {
    H264Options h264;
    h264.crf = options_.crf;
    h264.preset = options_.preset;
    h264.tune = "zerolatency";
    h264.headers_apart = headers_apart;
    h264.key_frame_s = options_.key_frame_s;
    video_ = FRAMEGEN_TRY(
        open_h264(options_.url, h264, {options_.width, options_.height, kFramesPerSecond, 1, -1}));
  }
  picture_ = picture_of(*video_);
  return add_stream(*video_, video_stream_);
}

Status UrlWriter::open_sound() {
  sound_ = context_of(options_.raw ? AV_CODEC_ID_PCM_S16LE : AV_CODEC_ID_AAC);
  if (sound_ == nullptr)
    return Error{ErrorCode::kBadOutput, options_.url, "this FFmpeg has no AAC encoder",
                 "install FFmpeg with its encoders"};
  sound_->sample_fmt = options_.raw ? AV_SAMPLE_FMT_S16 : AV_SAMPLE_FMT_FLTP;
  sound_->sample_rate = options_.sample_rate_hz;
  av_channel_layout_default(&sound_->ch_layout, 1);
  sound_->time_base = {1, options_.sample_rate_hz};
  sound_->bit_rate = std::min(96'000, 4 * options_.sample_rate_hz);
  sound_->thread_count = 1;
  if ((file_->oformat->flags & AVFMT_GLOBALHEADER) != 0) sound_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  if (const int error = avcodec_open2(sound_.get(), nullptr, nullptr); error == AVERROR(EINVAL))
    return Error{ErrorCode::kBadUse, "--rate " + std::to_string(options_.sample_rate_hz), "is no rate of AAC",
                 "give 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100 or 48000, or --raw"};
  else if (error < 0)
    return failed(error);
  samples_ = libav::own(av_frame_alloc());
  samples_->format = sound_->sample_fmt;
  samples_->sample_rate = sound_->sample_rate;
  samples_->nb_samples =
      sound_->frame_size > 0 ? sound_->frame_size : options_.sample_rate_hz / kFramesPerSecond;
  av_channel_layout_default(&samples_->ch_layout, 1);
  if (av_frame_get_buffer(samples_.get(), 0) < 0) throw std::bad_alloc();
  return add_stream(*sound_, sound_stream_);
}

Status UrlWriter::send(AVCodecContext& encoder, const AVFrame* frame, int stream) {
  int error = avcodec_send_frame(&encoder, frame);
  while (error >= 0) {
    error = avcodec_receive_packet(&encoder, packet_.get());
    if (error == AVERROR(EAGAIN) || error == AVERROR_EOF) return {};
    if (error < 0) break;
    packet_->stream_index = stream;
    if (packet_->duration == 0 && &encoder == video_.get()) packet_->duration = 1;
    av_packet_rescale_ts(packet_.get(), encoder.time_base, file_->streams[stream]->time_base);
    error = av_interleaved_write_frame(file_, packet_.get());
    if (error < 0) return failed(error);
  }
  return Error{ErrorCode::kInternal, options_.url, "the encoder failed: " + libav::error_text(error), ""};
}

Status UrlWriter::encode_sound(bool last) {
  const int whole = sound_->frame_size > 0 ? sound_->frame_size : options_.sample_rate_hz / kFramesPerSecond;
  std::size_t done = 0;
  while (held_.size() - done >= static_cast<std::size_t>(last && held_.size() > done ? 1 : whole)) {
    const int n =
        static_cast<int>(std::min<std::size_t>(static_cast<std::size_t>(whole), held_.size() - done));
    if (av_frame_make_writable(samples_.get()) < 0) throw std::bad_alloc();
    samples_->nb_samples = n;
    const std::int16_t* from = held_.data() + done;
    if (options_.raw) {
      std::memcpy(samples_->data[0], from, static_cast<std::size_t>(n) * sizeof *from);
    } else {
      auto* to = reinterpret_cast<float*>(samples_->data[0]);
      for (int i = 0; i < n; ++i) to[i] = static_cast<float>(from[i]) / 32768.0f;
    }
    samples_->pts = samples_done_;
    FRAMEGEN_TRY(send(*sound_, samples_.get(), sound_stream_));
    samples_done_ += n;
    done += static_cast<std::size_t>(n);
  }
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(done));
  return {};
}

Status UrlWriter::write(const I420View& picture, std::span<const std::int16_t> sound) {
  if (av_frame_make_writable(picture_.get()) < 0) throw std::bad_alloc();
  copy_plane(picture.planes[0], picture.strides[0], *picture_, 0, picture.width, picture.height);
  copy_plane(picture.planes[1], picture.strides[1], *picture_, 1, picture.width / 2, picture.height / 2);
  copy_plane(picture.planes[2], picture.strides[2], *picture_, 2, picture.width / 2, picture.height / 2);
  picture_->pts = pictures_done_++;
  FRAMEGEN_TRY(send(*video_, picture_.get(), video_stream_));
  held_.insert(held_.end(), sound.begin(), sound.end());
  return encode_sound(false);
}

Status UrlWriter::close() {
  FRAMEGEN_TRY(encode_sound(true));
  FRAMEGEN_TRY(send(*sound_, nullptr, sound_stream_));
  FRAMEGEN_TRY(send(*video_, nullptr, video_stream_));
  const int error = av_write_trailer(file_);
  if (error < 0) return failed(error);
  return {};
}

}  // namespace framegen
