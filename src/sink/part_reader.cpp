// part_reader.cpp: libavformat's MP4 demuxer on one file alone.
#include "sink/part_reader.hpp"

namespace framegen {

Error PartReader::part_error(const std::string& what) const {
  return {ErrorCode::kBadInput, path_, what, "give an MP4 video that framegen render --range has written"};
}

Result<std::unique_ptr<PartReader>> PartReader::open(const std::filesystem::path& path) {
  libav::silence();
  std::unique_ptr<PartReader> reader(new PartReader);
  reader->path_ = path.string();
  int error = avio_open(&reader->input_, libav::file_url(reader->path_).c_str(), AVIO_FLAG_READ);
  if (error >= 0) {
    reader->file_ = libav::only_this_file(reader->input_);
    if (reader->file_ == nullptr) throw std::bad_alloc();
    error = avformat_open_input(&reader->file_, nullptr, av_find_input_format("mp4"), nullptr);
  }
  if (error >= 0) error = avformat_find_stream_info(reader->file_, nullptr);
  if (error >= 0)
    reader->stream_ = av_find_best_stream(reader->file_, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (error < 0) return reader->part_error("cannot be read as MP4: " + libav::error_text(error));
  if (reader->stream_ < 0 || reader->stream().codecpar->codec_id != AV_CODEC_ID_H264)
    return reader->part_error("has no H.264 picture");
  for (unsigned i = 0; i < reader->file_->nb_streams; ++i)
    reader->file_->streams[i]->discard =
        static_cast<int>(i) == reader->stream_ ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
  return reader;
}

PartReader::~PartReader() {
  avformat_close_input(&file_);
  avio_closep(&input_);
}

std::string PartReader::description() const {
  const AVDictionaryEntry* entry = av_dict_get(file_->metadata, "description", nullptr, 0);
  return entry == nullptr ? "" : entry->value;
}

Result<bool> PartReader::next(AVPacket& packet, std::int64_t& shown) {
  for (;;) {
    av_packet_unref(&packet);
    const int error = av_read_frame(file_, &packet);
    if (error == AVERROR_EOF) {
      if (input_->error < 0) return part_error("cannot be read: " + libav::error_text(input_->error));
      return false;
    }
    if (error < 0) return part_error("cannot be read: " + libav::error_text(error));
    if (packet.stream_index == stream_) break;
  }
  if (frame_ticks_ == 0) frame_ticks_ = packet.duration;
  if (packet.size <= 0 || (packet.flags & AV_PKT_FLAG_CORRUPT) != 0) return part_error("holds a torn packet");
  if (frame_ticks_ <= 0 || packet.pts == AV_NOPTS_VALUE || packet.pts < 0 ||
      packet.duration != frame_ticks_ || packet.pts % frame_ticks_ != 0)
    return part_error("has frames of different length");
  shown = packet.pts / frame_ticks_;
  return true;
}

}  // namespace framegen
