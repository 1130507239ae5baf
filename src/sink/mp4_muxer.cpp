// mp4_muxer.cpp: libavformat's writers, with every error they report late caught.
#include "sink/mp4_muxer.hpp"

namespace framegen {

namespace {

constexpr int kStreamBufferBytes = 1 << 16;

}  // namespace

Error Mp4Muxer::failed(int error) const {
  if (why_) return *why_;
  return {ErrorCode::kBadOutput, name_, "cannot be written: " + libav::error_text(error),
          "check that the folder is writable and has free space"};
}

Result<std::unique_ptr<Mp4Muxer>> Mp4Muxer::open(const std::string& path, const std::string& name,
                                                 Container container) {
  libav::silence();
  std::unique_ptr<Mp4Muxer> muxer(new Mp4Muxer);
  muxer->name_ = name;
  muxer->container_ = container;
  muxer->packet_ = libav::own(av_packet_alloc());
  const std::string url = libav::file_url(path);
  int error = avformat_alloc_output_context2(&muxer->file_, nullptr, muxer_name(container), url.c_str());
  if (error >= 0) error = avio_open(&muxer->file_->pb, url.c_str(), AVIO_FLAG_WRITE);
  if (error < 0) return muxer->failed(error);
  return muxer;
}

int Mp4Muxer::write_bytes(void* muxer, libav::WrittenByte* bytes, int size) {
  Mp4Muxer& self = *static_cast<Mp4Muxer*>(muxer);
  if (self.why_) return AVERROR(EIO);
  Status written = self.out_->write({bytes, static_cast<std::size_t>(size)});
  if (written) return size;
  self.why_ = std::move(written).error();
  return AVERROR(EIO);
}

Result<std::unique_ptr<Mp4Muxer>> Mp4Muxer::stream(Container container) {
  libav::silence();
  std::unique_ptr<Mp4Muxer> muxer(new Mp4Muxer);
  muxer->out_ = FRAMEGEN_TRY(OutputStream::open("-"));
  muxer->name_ = muxer->out_->name();
  muxer->container_ = container;
  muxer->packet_ = libav::own(av_packet_alloc());
  const int error = avformat_alloc_output_context2(&muxer->file_, nullptr, muxer_name(container), nullptr);
  if (error < 0) return muxer->failed(error);
  auto* buffer = static_cast<unsigned char*>(av_malloc(kStreamBufferBytes));
  if (buffer == nullptr) throw std::bad_alloc();
  muxer->file_->pb =
      avio_alloc_context(buffer, kStreamBufferBytes, 1, muxer.get(), nullptr, &write_bytes, nullptr);
  if (muxer->file_->pb == nullptr) {
    av_free(buffer);
    throw std::bad_alloc();
  }
  muxer->file_->flags |= AVFMT_FLAG_CUSTOM_IO;
  return muxer;
}

Mp4Muxer::~Mp4Muxer() {
  if (file_ != nullptr && is_stream() && file_->pb != nullptr) {
    av_freep(&file_->pb->buffer);
    avio_context_free(&file_->pb);
  }
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
  if (container_ != Container::kMatroska)
    libav::set(options, "movflags",
               is_stream() ? "+frag_keyframe+empty_moov+default_base_moof" : "+faststart");
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

Status Mp4Muxer::write_trailer(const std::string& end) {
  int error = av_write_trailer(file_);
  if (error >= 0 && !end.empty()) {
    if (!is_stream())  // an index that has been moved to the front leaves the place of writing there
      avio_seek(file_->pb, avio_size(file_->pb), SEEK_SET);
    avio_write(file_->pb, reinterpret_cast<const unsigned char*>(end.data()), static_cast<int>(end.size()));
    avio_flush(file_->pb);
  }
  if (error >= 0) error = file_->pb->error;
  if (is_stream()) return error < 0 ? failed(error) : Status();
  const int closed = avio_closep(&file_->pb);
  if (error >= 0) error = closed;
  if (error < 0) return failed(error);
  return {};
}

}  // namespace framegen
