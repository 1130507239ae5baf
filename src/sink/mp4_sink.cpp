// mp4_sink.cpp: frames and the sound that belongs to them, in step, into one file.
#include "sink/mp4_sink.hpp"

#include <algorithm>

#include "kernels/pixels/bgr_to_i420.hpp"
#include "sink/ai_mark.hpp"
#include "sink/planes.hpp"

namespace framegen {
namespace {

MutableI420View view_of(AVFrame& frame) {
  return {{frame.data[0], frame.data[1], frame.data[2]},
          {frame.linesize[0], frame.linesize[1], frame.linesize[2]},
          frame.width,
          frame.height};
}

}  // namespace

Status Mp4Sink::open_muxer() {
  if (is_standard_output(path_)) {
    muxer_ = FRAMEGEN_TRY(Mp4Muxer::stream(container_));
    return {};
  }
  partial_ = FRAMEGEN_TRY(PartialFile::beside(path_));
  muxer_ = FRAMEGEN_TRY(Mp4Muxer::open(partial_->path().string(), name(), container_));
  return {};
}

Status Mp4Sink::do_begin() {
  container_ = FRAMEGEN_TRY(container_of(path_));
  std::unique_ptr<SoundReader> reader;
  if (!options_.sound.empty()) reader = FRAMEGEN_TRY(SoundReader::open(options_.sound, options_.zygote));
  FRAMEGEN_TRY(open_muxer());
  FRAMEGEN_TRY(open_video());
  const AVRational rate = {format().fps_numerator, format().fps_denominator};
  if (reader)
    sound_ = FRAMEGEN_TRY(SoundTrack::open(std::move(reader), *muxer_, rate, options_.sound_first_frame));
  return muxer_->write_header(
      {.comment = options_.mark ? kGeneratedComment : "", .description = options_.description});
}

Status Mp4Sink::open_video() {
  video_ = FRAMEGEN_TRY(open_h264(name(), options_.video, format()));
  video_stream_ = FRAMEGEN_TRY(muxer_->add_stream(*video_));
  picture_ = picture_of(*video_);
  return {};
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
  FRAMEGEN_TRY(muxer_->encode(*video_, picture_.get(), video_stream_));
  return sound_ ? sound_->encode_for(frames_written() + 1) : Status();
}

Status Mp4Sink::do_finish() {
  if (frames_written() == 0)
    return Error{ErrorCode::kBadOutput, name(), "a video of no frames cannot be written",
                 "render at least one"};
  if (sound_) FRAMEGEN_TRY(sound_->finish(frames_written(), options_.sound_to_its_end));
  FRAMEGEN_TRY(muxer_->encode(*video_, nullptr, video_stream_));
  const bool boxes = container_ != Container::kMatroska;  // elsewhere the comment is the mark
  FRAMEGEN_TRY(muxer_->write_trailer(options_.mark && boxes ? xmp_box(generated_mark_xmp(options_.software))
                                                            : std::string()));
  muxer_.reset();
  return partial_ ? partial_->commit() : Status();
}

}  // namespace framegen
