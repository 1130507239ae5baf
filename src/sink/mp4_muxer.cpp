// mp4_muxer.cpp: libavformat's MP4 writer, with every error it reports late caught.
#include "sink/mp4_muxer.hpp"

namespace framegen {

Error Mp4Muxer::failed(int error) const {
  return {ErrorCode::kBadOutput, name_, "cannot be written: " + libav::error_text(error),
          "check that the folder is writable and has free space"};
}

Result<std::unique_ptr<Mp4Muxer>> Mp4Muxer::open(const std::string& path, const std::string& name) {
  libav::silence();
  std::unique_ptr<Mp4Muxer> muxer(new Mp4Muxer);
  muxer->name_ = name;
  muxer->packet_ = libav::own(av_packet_alloc());
  const std::string url = libav::file_url(path);
  int error = avformat_alloc_output_context2(&muxer->file_, nullptr, "mp4", url.c_str());
  if (error >= 0) error = avio_open(&muxer->file_->pb, url.c_str(), AVIO_FLAG_WRITE);
  if (error < 0) return muxer->failed(error);
  return muxer;
}

Mp4Muxer::~Mp4Muxer() {
  if (file_ != nullptr) avio_closep(&file_->pb);
  avformat_free_context(file_);
}

Result<int> Mp4Muxer::add_stream(const AVCodecContext& encoder) {
  AVStream* stream = avformat_new_stream(file_, nullptr);
  if (stream == nullptr) throw std::bad_alloc();
  const int error = avcodec_parameters_from_context(stream->codecpar, &encoder);
  if (error < 0) return failed(error);
  stream->time_base = encoder.time_base;
  if (encoder.codec_type == AVMEDIA_TYPE_VIDEO) stream->avg_frame_rate = encoder.framerate;
  return stream->index;
}

Result<int> Mp4Muxer::add_copy(const AVCodecParameters& picture, AVRational frame_time) {
  AVStream* stream = avformat_new_stream(file_, nullptr);
  if (stream == nullptr) throw std::bad_alloc();
  const int error = avcodec_parameters_copy(stream->codecpar, &picture);
  if (error < 0) return failed(error);
  stream->codecpar->codec_tag = 0;  // the file's own choice, as for what it encodes
  stream->time_base = frame_time;
  stream->avg_frame_rate = av_inv_q(frame_time);
  return stream->index;
}

Status Mp4Muxer::write_header(const Mp4Tags& tags) {
  if (!tags.comment.empty()) libav::set(file_->metadata, "comment", tags.comment);
  if (!tags.description.empty()) libav::set(file_->metadata, "description", tags.description);
  AVDictionary* options = nullptr;
  libav::set(options, "movflags", "+faststart");
  const int error = avformat_write_header(file_, &options);
  av_dict_free(&options);
  if (error < 0) return failed(error);
  return {};
}

Status Mp4Muxer::encode(AVCodecContext& encoder, const AVFrame* frame, int stream) {
  const auto broken = [&](int error) {
    return Error{ErrorCode::kInternal, name_, "the encoder failed: " + libav::error_text(error), ""};
  };
  const int error = avcodec_send_frame(&encoder, frame);
  if (error == AVERROR(ENOMEM)) throw std::bad_alloc();
  if (error < 0) return broken(error);
  for (;;) {
    const int got = avcodec_receive_packet(&encoder, packet_.get());
    if (got == AVERROR(EAGAIN) || got == AVERROR_EOF) return {};
    if (got < 0) return broken(got);
    if (packet_->duration == 0 && encoder.codec_type == AVMEDIA_TYPE_VIDEO)
      packet_->duration = 1;  // one frame
    FRAMEGEN_TRY(write(*packet_, encoder.time_base, stream));
  }
}

Status Mp4Muxer::write(AVPacket& packet, AVRational time_base, int stream) {
  packet.stream_index = stream;
  av_packet_rescale_ts(&packet, time_base, file_->streams[stream]->time_base);
  const int error = av_interleaved_write_frame(file_, &packet);  // unrefs the packet
  if (error < 0) return failed(error);
  if (file_->pb->error < 0) return failed(file_->pb->error);
  return {};
}

Status Mp4Muxer::write_trailer() {
  int error = av_write_trailer(file_);
  if (error >= 0) error = file_->pb->error;
  const int closed = avio_closep(&file_->pb);
  if (error >= 0) error = closed;
  if (error < 0) return failed(error);
  return {};
}

}  // namespace framegen
