// video_reader.cpp: the frames of a video through libavcodec and libswscale, its colour tags and its rotation
// heeded.
extern "C" {
#include <libavutil/display.h>
#include <libavutil/pixdesc.h>
}

#include <cerrno>
#include <cmath>
#include <opencv2/core.hpp>

#include "media/libav.hpp"
#include "quality/frame_reader.hpp"

namespace framegen {
namespace {

constexpr int kMaxSide = 16384;  // as of pictures: a header may claim anything

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
  explicit VideoReader(std::string path) : path_(std::move(path)) {}
  Status open();
  Result<const Image*> next() override;
  bool lossy() const override;
  double time_s() const override { return time_s_; }
  std::int64_t frames_expected() const override { return frames_expected_; }

 private:
  Error video_error(const std::string& what) const {
    return {ErrorCode::kBadInput, path_, what, "give a video that FFmpeg can play"};
  }
  Result<bool> decode();
  Status start_converter();
  void keep_time();
  const Image* upright();

  std::string path_;
  libav::Input<AVIOContext> input_;  // outlives file_
  libav::Input<AVFormatContext> file_;
  libav::Owner<AVCodecContext> decoder_;
  libav::Owner<AVPacket> packet_{av_packet_alloc()};
  libav::Owner<AVFrame> frame_{av_frame_alloc()};
  libav::Owner<SwsContext> converter_;
  int stream_ = -1;
  int width_ = 0, height_ = 0, format_ = -1;
  std::int64_t frames_ = 0, frames_expected_ = 0;
  double time_s_ = 0, first_time_s_ = 0;
  int quarter_turns_ = 0;
  Image image_, upright_;
};

Status VideoReader::open() {
  libav::silence();
  AVIOContext* input = nullptr;
  int error = avio_open(&input, libav::file_url(path_).c_str(), AVIO_FLAG_READ);
  input_.reset(input);
  AVFormatContext* file = error < 0 ? nullptr : libav::only_this_file(input);
  if (file != nullptr) error = avformat_open_input(&file, nullptr, nullptr, nullptr);
  file_.reset(file);
  if (error < 0 || file == nullptr)
    return video_error("cannot be opened as a video: " + libav::error_text(error));
  const AVCodec* codec = nullptr;
  error = avformat_find_stream_info(file, nullptr);
  if (error >= 0) stream_ = error = av_find_best_stream(file, AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);
  if (error < 0 || codec == nullptr) return video_error("has no picture that can be decoded");
  const AVStream& stream = *file->streams[stream_];
  decoder_.reset(avcodec_alloc_context3(codec));
  if (!decoder_ || !packet_ || !frame_) return video_error("cannot be opened: not enough memory");
  decoder_->pkt_timebase = stream.time_base;
  decoder_->thread_count = 0;
  error = avcodec_parameters_to_context(decoder_.get(), stream.codecpar);
  if (error >= 0) error = avcodec_open2(decoder_.get(), codec, nullptr);
  if (error < 0) return video_error("cannot be decoded: " + libav::error_text(error));
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
      return video_error("frame " + std::to_string(frames_) +
                         " cannot be decoded: " + libav::error_text(got));
    const int read = av_read_frame(file_.get(), packet_.get());
    if (read < 0 && read != AVERROR_EOF)
      return video_error("cannot be read after frame " + std::to_string(frames_) + ": " +
                         libav::error_text(read));
    const bool wanted = read >= 0 && packet_->stream_index == stream_;
    const int sent = read < 0 ? avcodec_send_packet(decoder_.get(), nullptr)
                     : wanted ? avcodec_send_packet(decoder_.get(), packet_.get())
                              : 0;
    av_packet_unref(packet_.get());
    if (sent < 0 && sent != AVERROR_EOF)
      return video_error("frame " + std::to_string(frames_) +
                         " cannot be decoded: " + libav::error_text(sent));
  }
}

Status VideoReader::start_converter() {
  const AVFrame& f = *frame_;
  if (f.width > kMaxSide || f.height > kMaxSide)
    return video_error("has pictures of " + std::to_string(f.width) + "×" + std::to_string(f.height) +
                       " pixels, more than " + std::to_string(kMaxSide) + " a side");
  width_ = f.width;
  height_ = f.height;
  format_ = f.format;
  converter_.reset(sws_getContext(f.width, f.height, static_cast<AVPixelFormat>(f.format), f.width, f.height,
                                  AV_PIX_FMT_BGR24, SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT,
                                  nullptr, nullptr, nullptr));
  if (!converter_) return video_error("has a pixel format that cannot be converted");
  // Untagged video: BT.709 from 720 lines on, BT.601 below, as players take it.
  const int matrix = f.colorspace != AVCOL_SPC_UNSPECIFIED ? f.colorspace
                     : f.height >= 720                     ? SWS_CS_ITU709
                                                           : SWS_CS_ITU601;
  const int* table = sws_getCoefficients(matrix);
  sws_setColorspaceDetails(converter_.get(), table, f.color_range == AVCOL_RANGE_JPEG ? 1 : 0, table, 1, 0,
                           1 << 16, 1 << 16);
  image_ = Image(f.width, f.height);
  return {};
}

Result<const Image*> VideoReader::next() {
  if (!FRAMEGEN_TRY(decode())) return static_cast<const Image*>(nullptr);
  if (!converter_) FRAMEGEN_TRY(start_converter());
  if (frame_->width != width_ || frame_->height != height_ || frame_->format != format_)
    return video_error("frame " + std::to_string(frames_) +
                       " has another size or pixel format than those before it");
  std::uint8_t* planes[4] = {image_.data(), nullptr, nullptr, nullptr};
  const int strides[4] = {static_cast<int>(image_.stride()), 0, 0, 0};
  sws_scale(converter_.get(), frame_->data, frame_->linesize, 0, height_, planes, strides);
  keep_time();
  ++frames_;
  return upright();
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

const Image* VideoReader::upright() {
  if (quarter_turns_ == 0) return &image_;
  const bool lies = quarter_turns_ % 2 == 1;
  if (upright_.empty()) upright_ = lies ? Image(height_, width_) : Image(width_, height_);
  const cv::Mat from(height_, width_, CV_8UC3, image_.data());
  cv::Mat to(upright_.height(), upright_.width(), CV_8UC3, upright_.data());
  cv::rotate(from, to,
             quarter_turns_ == 1   ? cv::ROTATE_90_CLOCKWISE
             : quarter_turns_ == 2 ? cv::ROTATE_180
                                   : cv::ROTATE_90_COUNTERCLOCKWISE);
  return &upright_;
}

}  // namespace

Result<std::unique_ptr<FrameReader>> detail::open_video(const std::filesystem::path& path) {
  auto reader = std::make_unique<VideoReader>(path.string());
  FRAMEGEN_TRY(reader->open());
  return std::unique_ptr<FrameReader>(std::move(reader));
}

}  // namespace framegen
