// video_reader.cpp: the frames of a video through libavcodec, in their time and upright.
extern "C" {
#include <libavutil/display.h>
#include <libavutil/pixdesc.h>
}

#include <cerrno>
#include <cmath>
#include <opencv2/core.hpp>

#include "media/libav.hpp"
#include "quality/frame_reader.hpp"
#include "quality/video_picture.hpp"

namespace framegen {
namespace {

// Quarter turns clockwise that a player makes before it shows a picture: telephones film sideways and say so.
int quarter_turns(const AVStream& stream) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 29, 100)  // FFmpeg 6.1, which calls the other way outdated
  const AVCodecParameters& codec = *stream.codecpar;
  const AVPacketSideData* found =
      av_packet_side_data_get(codec.coded_side_data, codec.nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
  const std::uint8_t* bytes = found == nullptr ? nullptr : found->data;
#else
  const std::uint8_t* bytes = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, nullptr);
#endif
  const auto* matrix = reinterpret_cast<const std::int32_t*>(bytes);
  const double clockwise = matrix == nullptr ? 0 : -av_display_rotation_get(matrix);
  if (!std::isfinite(clockwise)) return 0;
  return (static_cast<int>(std::lround(clockwise / 90)) % 4 + 4) % 4;
}

class VideoReader : public FrameReader {
 public:
  VideoReader(AvInput input, std::string path, const FrameLook& look)
      : path_(std::move(path)), input_(std::move(input)), picture_(look) {}
  Status open(int threads);
  Result<const Image*> next() override;
  bool lossy() const override;
  double time_s() const override { return time_s_; }
  std::int64_t frames_expected() const override { return frames_expected_; }
  int full_width() const override { return lies() ? picture_.height() : picture_.width(); }
  int full_height() const override { return lies() ? picture_.width() : picture_.height(); }

 private:
  Error video_error(const std::string& what) const {
    return {ErrorCode::kBadInput, path_, what, "give a video that FFmpeg can play"};
  }
  Error libav_error(const std::string& what, int error) const;
  Result<bool> decode();
  void keep_time();
  const Image* upright(const Image& picture);
  bool lies() const { return quarter_turns_ % 2 == 1; }

  std::string path_;
  AvInput input_;  // outlives file_
  libav::Input<AVFormatContext> file_;
  libav::Owner<AVCodecContext> decoder_;
  libav::Owner<AVPacket> packet_{av_packet_alloc()};
  libav::Owner<AVFrame> frame_{av_frame_alloc()};
  VideoPicture picture_;
  int stream_ = -1;
  std::int64_t frames_ = 0, frames_expected_ = 0;
  double time_s_ = 0, first_time_s_ = 0;
  int quarter_turns_ = 0;
  Image upright_;
};

// A player would show this video: what lacks is memory.
Error VideoReader::libav_error(const std::string& what, int error) const {
  Error failed = video_error(what + ": " + libav::error_text(error));
  if (error == AVERROR(ENOMEM)) failed.remedy = libav::kMoreMemory;
  return failed;
}

Status VideoReader::open(int threads) {
  libav::silence();
  AVFormatContext* file = libav::only_this_file(input_.context());
  int error = file == nullptr ? AVERROR(ENOMEM) : avformat_open_input(&file, nullptr, nullptr, nullptr);
  file_.reset(file);
  if (error < 0 || file == nullptr) return libav_error("cannot be opened as a video", error);
  const AVCodec* codec = nullptr;
  error = avformat_find_stream_info(file, nullptr);
  if (error >= 0) stream_ = error = av_find_best_stream(file, AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);
  if (error == AVERROR(ENOMEM)) return libav_error("cannot be looked through", error);
  if (error < 0 || codec == nullptr) return video_error("has no picture that can be decoded");
  const AVStream& stream = *file->streams[stream_];
  decoder_.reset(avcodec_alloc_context3(codec));
  if (!decoder_ || !packet_ || !frame_) return libav_error("cannot be opened", AVERROR(ENOMEM));
  decoder_->pkt_timebase = stream.time_base;
  decoder_->thread_count = threads;
  error = avcodec_parameters_to_context(decoder_.get(), stream.codecpar);
  if (error >= 0) error = avcodec_open2(decoder_.get(), codec, nullptr);
  if (error < 0) return libav_error("cannot be decoded", error);
  const AVRational rate = av_guess_frame_rate(file, file->streams[stream_], nullptr);
  if (rate.num > 0 && rate.den > 0) {
    fps_numerator_ = rate.num;
    fps_denominator_ = rate.den;
  }
  frames_expected_ = std::max<std::int64_t>(0, stream.nb_frames);
  quarter_turns_ = quarter_turns(stream);
  return {};
}

bool VideoReader::lossy() const {
  const AVCodecDescriptor* codec = avcodec_descriptor_get(decoder_->codec_id);
  const AVPixFmtDescriptor* pixels = av_pix_fmt_desc_get(decoder_->pix_fmt);
  const bool exact = codec != nullptr && (codec->props & AV_CODEC_PROP_LOSSLESS) != 0 &&
                     (codec->props & AV_CODEC_PROP_LOSSY) == 0;
  return !exact || pixels == nullptr || (pixels->flags & AV_PIX_FMT_FLAG_RGB) == 0;
}

// False at the end.
Result<bool> VideoReader::decode() {
  for (;;) {
    const int got = avcodec_receive_frame(decoder_.get(), frame_.get());
    if (got == 0) return true;
    if (got == AVERROR_EOF) return false;
    if (got != AVERROR(EAGAIN))
      return libav_error("frame " + std::to_string(frames_) + " cannot be decoded", got);
    const int read = av_read_frame(file_.get(), packet_.get());
    if (read < 0 && read != AVERROR_EOF)
      return libav_error("cannot be read after frame " + std::to_string(frames_), read);
    const bool wanted = read >= 0 && packet_->stream_index == stream_;
    const int sent = read < 0 ? avcodec_send_packet(decoder_.get(), nullptr)
                     : wanted ? avcodec_send_packet(decoder_.get(), packet_.get())
                              : 0;
    av_packet_unref(packet_.get());
    if (sent < 0 && sent != AVERROR_EOF)
      return libav_error("frame " + std::to_string(frames_) + " cannot be decoded", sent);
  }
}

Result<const Image*> VideoReader::next() {
  if (!FRAMEGEN_TRY(decode())) return static_cast<const Image*>(nullptr);
  const auto picture = picture_.make(*frame_);
  if (!picture) {
    const Error& error = picture.error();
    const std::string which = frames_ > 0 ? "frame " + std::to_string(frames_) + " " : "";
    return Error{error.code, path_, which + error.what, error.remedy};
  }
  keep_time();
  ++frames_;
  return upright(**picture);
}

// A frame that does not say when it is shown comes one period after the one before it.
void VideoReader::keep_time() {
  const double period = static_cast<double>(fps_denominator_) / fps_numerator_;
  const std::int64_t stamp = frame_->best_effort_timestamp;
  if (stamp == AV_NOPTS_VALUE) {
    if (frames_ > 0) time_s_ += period;
    return;
  }
  const double time_s = static_cast<double>(stamp) * av_q2d(file_->streams[stream_]->time_base);
  if (frames_ == 0) first_time_s_ = time_s;
  time_s_ = time_s - first_time_s_;
}

const Image* VideoReader::upright(const Image& picture) {
  if (quarter_turns_ == 0) return &picture;
  const int width = picture.width(), height = picture.height();
  if (upright_.empty()) upright_ = lies() ? Image(height, width) : Image(width, height);
  const cv::Mat from(height, width, CV_8UC3, const_cast<std::uint8_t*>(picture.data()));
  cv::Mat to(upright_.height(), upright_.width(), CV_8UC3, upright_.data());
  cv::rotate(from, to,
             quarter_turns_ == 1   ? cv::ROTATE_90_CLOCKWISE
             : quarter_turns_ == 2 ? cv::ROTATE_180
                                   : cv::ROTATE_90_COUNTERCLOCKWISE);
  return &upright_;
}

}  // namespace

Result<std::unique_ptr<FrameReader>> detail::open_video(AvInput input, const std::string& name,
                                                        const FrameLook& look, int threads) {
  auto reader = std::make_unique<VideoReader>(std::move(input), name, look);
  FRAMEGEN_TRY(reader->open(threads));
  return std::unique_ptr<FrameReader>(std::move(reader));
}

}  // namespace framegen
