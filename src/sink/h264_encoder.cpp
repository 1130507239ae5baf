// h264_encoder.cpp: libx264 through libavcodec, or another H.264 encoder where there is none.
#include "sink/h264_encoder.hpp"

#include <cstdio>
#include <string_view>

namespace framegen {
namespace {

// x264's own lists; asked here because x264 prints about names that it does not know.
constexpr std::string_view kPresets =
    " ultrafast superfast veryfast faster fast medium slow slower veryslow placebo ";
constexpr std::string_view kTunes = " film animation grain stillimage psnr ssim fastdecode zerolatency ";

bool is_in(std::string_view list, const std::string& name) {
  return !name.empty() && name.find(' ') == std::string::npos &&
         list.find(" " + name + " ") != std::string_view::npos;
}

const AVCodec* find_encoder() {
  for (const char* name : {"libx264", "libopenh264", "h264_videotoolbox"})
    if (const AVCodec* codec = avcodec_find_encoder_by_name(name)) return codec;
  return nullptr;
}

void describe_frames(AVCodecContext& c, const SinkFormat& format) {
  c.width = next_even(format.width);
  c.height = next_even(format.height);
  c.pix_fmt = AV_PIX_FMT_YUV420P;
  c.time_base = {format.fps_denominator, format.fps_numerator};
  c.framerate = {format.fps_numerator, format.fps_denominator};
  c.sample_aspect_ratio = {1, 1};
  c.color_primaries = AVCOL_PRI_BT709;
  c.color_trc = AVCOL_TRC_BT709;
  c.colorspace = AVCOL_SPC_BT709;
  c.color_range = AVCOL_RANGE_MPEG;
  c.chroma_sample_location = AVCHROMA_LOC_CENTER;
}

Status set_x264(const std::string& name, const H264Options& options, AVCodecContext& c) {
  if (!(options.crf >= 0 && options.crf <= 51))
    return Error{ErrorCode::kBadUse, name, "crf " + std::to_string(options.crf) + " is not in 0…51",
                 "give a crf from 0 (lossless) to 51; 20 is usual"};
  if (!is_in(kPresets, options.preset))
    return Error{ErrorCode::kBadUse, name, "x264 has no preset \"" + options.preset + "\"",
                 "give one of:" + std::string(kPresets.substr(0, kPresets.size() - 1))};
  if (!options.tune.empty() && !is_in(kTunes, options.tune))
    return Error{ErrorCode::kBadUse, name, "x264 has no tune \"" + options.tune + "\"",
                 "give none or one of:" + std::string(kTunes.substr(0, kTunes.size() - 1))};
  char crf[32];
  std::snprintf(crf, sizeof crf, "%g", options.crf);
  libav::set_option(c.priv_data, "crf", crf);
  libav::set_option(c.priv_data, "preset", options.preset);
  if (!options.tune.empty()) libav::set_option(c.priv_data, "tune", options.tune);
  if (!options.profile.empty()) libav::set_option(c.priv_data, "profile", options.profile);
  libav::set_option(c.priv_data, "forced-idr", "1");  // a key picture that is asked for is one to begin with
  c.rc_max_rate = c.rc_buffer_size = options.most_bits_per_second;
  return {};
}

}  // namespace

std::string h264_encoder_name() {
  const AVCodec* const codec = find_encoder();
  return codec == nullptr ? "" : codec->name;
}

Result<libav::Owner<AVCodecContext>> open_h264(const std::string& name, const H264Options& options,
                                               const SinkFormat& format) {
  const AVCodec* codec = find_encoder();
  if (codec == nullptr)
    return Error{ErrorCode::kBadOutput, name, "this FFmpeg has no H.264 encoder (libx264, libopenh264)",
                 "install an FFmpeg built with libx264, or write frames to RenderJob::frames_folder"};
  auto context = libav::own(avcodec_alloc_context3(codec));
  AVCodecContext& c = *context;
  describe_frames(c, format);
  c.thread_count = options.threads;
  c.gop_size = options.key_frame_s * (format.fps_numerator / format.fps_denominator + 1);
  c.flags |= AV_CODEC_FLAG_CLOSED_GOP;
  if (options.headers_apart) c.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  if (std::string_view(codec->name) == "libx264")
    FRAMEGEN_TRY(set_x264(name, options, c));
  else
    c.bit_rate = std::int64_t{c.width} * c.height * 5;  // 4.6 Mbit/s at 1280×720
  const int error = avcodec_open2(&c, codec, nullptr);
  if (error == AVERROR(ENOMEM)) throw std::bad_alloc();
  if (error < 0)
    return Error{ErrorCode::kBadOutput, name,
                 "the encoder " + std::string(codec->name) + " cannot start for " + std::to_string(c.width) +
                     "×" + std::to_string(c.height) + " pixels: " + libav::error_text(error),
                 "write frames to RenderJob::frames_folder, or use frames of a usual size"};
  return context;
}

libav::Owner<AVFrame> picture_of(const AVCodecContext& encoder) {
  auto picture = libav::own(av_frame_alloc());
  picture->format = AV_PIX_FMT_YUV420P;
  picture->width = encoder.width;
  picture->height = encoder.height;
  picture->color_range = AVCOL_RANGE_MPEG;
  picture->colorspace = AVCOL_SPC_BT709;
  picture->color_primaries = AVCOL_PRI_BT709;
  picture->color_trc = AVCOL_TRC_BT709;
  picture->chroma_location = AVCHROMA_LOC_CENTER;
  if (av_frame_get_buffer(picture.get(), 0) < 0) throw std::bad_alloc();
  return picture;
}

}  // namespace framegen
