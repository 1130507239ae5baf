// mp4_sink.cpp: frames and the sound that belongs to them, in step, into one file.
#include "sink/mp4_sink.hpp"

#include <algorithm>
#include <cstring>

#include "sink/ai_mark.hpp"

namespace framegen {
namespace {

Result<libav::Owner<AVCodecContext>> open_aac(const std::string& name, int rate, int channels) {
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_AAC);
  if (codec == nullptr)
    return Error{ErrorCode::kBadOutput, name, "this FFmpeg has no AAC encoder",
                 "install FFmpeg with its encoders"};
  auto context = libav::own(avcodec_alloc_context3(codec));
  context->sample_fmt = AV_SAMPLE_FMT_FLTP;
  context->sample_rate = rate;
  av_channel_layout_default(&context->ch_layout, channels);
  context->time_base = {1, rate};
  context->bit_rate = std::int64_t{channels} * std::min(96'000, 4 * rate);  // AAC allows 6 bits a sample
  context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  context->thread_count = 1;
  const int error = avcodec_open2(context.get(), codec, nullptr);
  if (error < 0)
    return Error{ErrorCode::kBadOutput, name, "the AAC encoder cannot start: " + libav::error_text(error),
                 ""};
  return context;
}

void copy_plane(const std::uint8_t* from, std::ptrdiff_t from_stride, AVFrame& to, int plane, int width,
                int height) {
  for (int y = 0; y < height; ++y)
    std::memcpy(to.data[plane] + std::ptrdiff_t{y} * to.linesize[plane], from + y * from_stride,
                static_cast<std::size_t>(width));
}

MutableI420View view_of(AVFrame& frame) {
  return {{frame.data[0], frame.data[1], frame.data[2]},
          {frame.linesize[0], frame.linesize[1], frame.linesize[2]},
          frame.width,
          frame.height};
}

}  // namespace

Status Mp4Sink::do_begin() {
  if (path_ == "-")
    return Error{ErrorCode::kBadOutput, "standard output", "MP4 needs a file that can be sought",
                 "give a file name, or write raw frames with --raw -"};
  if (!options_.sound.empty()) reader_ = FRAMEGEN_TRY(SoundReader::open(options_.sound));
  partial_ = FRAMEGEN_TRY(PartialFile::beside(path_));
  muxer_ = FRAMEGEN_TRY(Mp4Muxer::open(partial_->path().string(), name()));
  FRAMEGEN_TRY(open_video());
  if (reader_) FRAMEGEN_TRY(open_sound());
  return muxer_->write_header(options_.mark ? kGeneratedComment : "");
}

Status Mp4Sink::open_video() {
  video_ = FRAMEGEN_TRY(open_h264(name(), options_.video, format()));
  video_stream_ = FRAMEGEN_TRY(muxer_->add_stream(*video_));
  picture_ = libav::own(av_frame_alloc());
  picture_->format = AV_PIX_FMT_YUV420P;
  picture_->width = video_->width;
  picture_->height = video_->height;
  picture_->color_range = AVCOL_RANGE_MPEG;
  picture_->colorspace = AVCOL_SPC_BT709;
  picture_->color_primaries = AVCOL_PRI_BT709;
  picture_->color_trc = AVCOL_TRC_BT709;
  picture_->chroma_location = AVCHROMA_LOC_CENTER;
  if (av_frame_get_buffer(picture_.get(), 0) < 0) throw std::bad_alloc();
  return {};
}

Status Mp4Sink::open_sound() {
  sound_ = FRAMEGEN_TRY(open_aac(name(), reader_->rate(), reader_->channels()));
  sound_stream_ = FRAMEGEN_TRY(muxer_->add_stream(*sound_));
  samples_ = libav::own(av_frame_alloc());
  samples_->format = AV_SAMPLE_FMT_FLTP;
  samples_->sample_rate = reader_->rate();
  samples_->nb_samples = sound_->frame_size;
  av_channel_layout_default(&samples_->ch_layout, reader_->channels());
  if (av_frame_get_buffer(samples_.get(), 0) < 0) throw std::bad_alloc();
  return reader_->skip(samples_for(options_.sound_first_frame));
}

// Samples of sound in that many frames.
std::int64_t Mp4Sink::samples_for(std::int64_t frames) const {
  return av_rescale(frames, std::int64_t{reader_->rate()} * format().fps_denominator, format().fps_numerator);
}

Status Mp4Sink::send(AVCodecContext& encoder, const AVFrame* frame, int stream) {
  const int error = avcodec_send_frame(&encoder, frame);
  if (error == AVERROR(ENOMEM)) throw std::bad_alloc();
  if (error < 0)
    return Error{ErrorCode::kInternal, name(), "the encoder failed: " + libav::error_text(error), ""};
  return muxer_->drain(encoder, stream);
}

Status Mp4Sink::do_write(const SinkFrame& frame) {
  if (av_frame_make_writable(picture_.get()) < 0)
    throw std::bad_alloc();  // an encoder may still hold the last
  const I420View& planes = frame.i420;
  if (planes.empty()) {
    bgr_to_i420(frame.bgr, view_of(*picture_));
  } else {
    copy_plane(planes.planes[0], planes.strides[0], *picture_, 0, planes.width, planes.height);
    copy_plane(planes.planes[1], planes.strides[1], *picture_, 1, planes.width / 2, planes.height / 2);
    copy_plane(planes.planes[2], planes.strides[2], *picture_, 2, planes.width / 2, planes.height / 2);
  }
  picture_->pts = frames_written();
  FRAMEGEN_TRY(send(*video_, picture_.get(), video_stream_));
  return encode_sound(reader_ ? samples_for(frames_written() + 1) : 0, false);
}

// Sound up to sample `until`: whole AAC frames only, before the last.
Status Mp4Sink::encode_sound(std::int64_t until, bool last) {
  while (reader_ && sound_done_ < until && (last || sound_done_ + sound_->frame_size <= until)) {
    const int n = static_cast<int>(std::min<std::int64_t>(sound_->frame_size, until - sound_done_));
    if (av_frame_make_writable(samples_.get()) < 0) throw std::bad_alloc();
    samples_->nb_samples = n;
    FRAMEGEN_TRY(reader_->read(reinterpret_cast<float* const*>(samples_->extended_data), n));
    samples_->pts = sound_done_;
    FRAMEGEN_TRY(send(*sound_, samples_.get(), sound_stream_));
    sound_done_ += n;
  }
  return {};
}

Status Mp4Sink::do_finish() {
  if (frames_written() == 0)
    return Error{ErrorCode::kBadOutput, name(), "a video of no frames cannot be written",
                 "render at least one"};
  if (reader_) {
    FRAMEGEN_TRY(encode_sound(samples_for(frames_written()), true));
    FRAMEGEN_TRY(send(*sound_, nullptr, sound_stream_));
  }
  FRAMEGEN_TRY(send(*video_, nullptr, video_stream_));
  FRAMEGEN_TRY(muxer_->write_trailer());
  muxer_.reset();
  if (options_.mark) FRAMEGEN_TRY(append_xmp_box(partial_->path(), generated_mark_xmp(options_.software)));
  return partial_->commit();
}

}  // namespace framegen
