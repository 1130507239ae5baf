// video_picture.cpp: libswscale converts, whole frames or field by field; what it cannot do follows.
#include "quality/video_picture.hpp"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace framegen {
namespace {

constexpr int kMaxSide = 16384;  // as of pictures: a header may claim anything
constexpr int kWhole = -1;       // neither field: all lines

Error no_picture(const std::string& what) {
  return {ErrorCode::kBadInput, "", what, "give a video that FFmpeg can play"};
}

std::optional<HighRange> high_range(const AVFrame& frame) {
  if (frame.color_trc == AVCOL_TRC_SMPTE2084) return HighRange::kPq;
  if (frame.color_trc == AVCOL_TRC_ARIB_STD_B67) return HighRange::kHlg;
  return std::nullopt;
}

bool is_interlaced(const AVFrame& frame) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 7, 100)  // FFmpeg 6.1
  return (frame.flags & AV_FRAME_FLAG_INTERLACED) != 0;
#else
  return frame.interlaced_frame != 0;
#endif
}

bool is_top_first(const AVFrame& frame) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 7, 100)
  return (frame.flags & AV_FRAME_FLAG_TOP_FIELD_FIRST) != 0;
#else
  return frame.top_field_first != 0;
#endif
}

}  // namespace

Status VideoPicture::begin(const AVFrame& f) {
  if (f.width > kMaxSide || f.height > kMaxSide)
    return no_picture("has pictures of " + std::to_string(f.width) + "×" + std::to_string(f.height) +
                      " pixels, more than " + std::to_string(kMaxSide) + " a side");
  width_ = f.width;
  height_ = f.height;
  format_ = f.format;
  const int longer = std::max(width_, height_);
  const double scale = look_.longest_side > 0 && longer > look_.longest_side
                           ? look_.longest_side / static_cast<double>(longer)
                           : 1;
  image_ = Image(std::max(1, static_cast<int>(std::lround(scale * width_))),
                 std::max(1, static_cast<int>(std::lround(scale * height_))));
  if (const auto range = high_range(f); look_.as_seen && range) tone_map_.emplace(*range);
  return start_converter(whole_, f, f.height, image_.width(), image_.height());
}

// From `lines` lines of such a frame to a picture of this size.
Status VideoPicture::start_converter(libav::Owner<SwsContext>& converter, const AVFrame& f, int lines,
                                     int width, int height) {
  converter.reset(sws_getContext(f.width, lines, static_cast<AVPixelFormat>(f.format), width, height,
                                 tone_map_ ? AV_PIX_FMT_BGR48 : AV_PIX_FMT_BGR24,
                                 SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT, nullptr, nullptr,
                                 nullptr));
  if (!converter && sws_isSupportedInput(static_cast<AVPixelFormat>(f.format)) != 0)
    return Error{ErrorCode::kBadInput, "", "cannot be converted: " + libav::error_text(AVERROR(ENOMEM)),
                 libav::kMoreMemory};
  if (!converter) return no_picture("has a pixel format that cannot be converted");
  // Untagged video: BT.709 from 720 lines on, BT.601 below, as players take it.
  const int matrix = f.colorspace != AVCOL_SPC_UNSPECIFIED ? f.colorspace
                     : tone_map_                           ? SWS_CS_BT2020
                     : f.height >= 720                     ? SWS_CS_ITU709
                                                           : SWS_CS_ITU601;
  const int* table = sws_getCoefficients(matrix);
  sws_setColorspaceDetails(converter.get(), table, f.color_range == AVCOL_RANGE_JPEG ? 1 : 0, table, 1, 0,
                           1 << 16, 1 << 16);
  if (tone_map_)
    wide_.resize(std::max(
        wide_.size(), std::size_t{3} * static_cast<std::size_t>(width) * static_cast<std::size_t>(height)));
  return {};
}

// parity: kWhole, or 0 and 1: lines 0, 2, 4 … or 1, 3, 5 … alone.
void VideoPicture::convert(SwsContext& converter, const AVFrame& frame, int parity, MutableImageView to) {
  std::array<const std::uint8_t*, 4> from{};
  std::array<int, 4> strides{};
  for (std::size_t i = 0; i < from.size(); ++i) {
    const int skipped = parity == kWhole ? 0 : parity;
    from[i] = frame.data[i] == nullptr ? nullptr : frame.data[i] + skipped * frame.linesize[i];
    strides[i] = (parity == kWhole ? 1 : 2) * frame.linesize[i];
  }
  const int lines = parity == kWhole ? frame.height : frame.height / 2;
  auto* wide = reinterpret_cast<std::uint8_t*>(wide_.data());
  std::uint8_t* planes[4] = {tone_map_ ? wide : to.data, nullptr, nullptr, nullptr};
  const int stride = tone_map_ ? 6 * to.width : static_cast<int>(to.stride);
  const int to_strides[4] = {stride, 0, 0, 0};
  sws_scale(&converter, from.data(), strides.data(), 0, lines, planes, to_strides);
  if (tone_map_) tone_map_->map(wide_.data(), std::ptrdiff_t{3} * to.width, to);
}

// Each field is converted by itself: its colours are its own, they must not be mixed with the other's.
Status VideoPicture::join_fields(const AVFrame& frame, bool top_first) {
  const int lines = height_ / 2;
  if (!field_) {
    FRAMEGEN_TRY(start_converter(field_, frame, lines, width_, lines));
    even_ = Image(width_, lines);
    odd_ = Image(width_, lines);
    if (is_smaller()) full_ = Image(width_, height_);
  }
  convert(*field_, frame, 0, even_.view());
  convert(*field_, frame, 1, odd_.view());
  Image& joined = is_smaller() ? full_ : image_;
  deinterlacer_.next(even_.view(), odd_.view(), top_first, joined.view());
  if (is_smaller()) scale_picture(full_.view(), image_.view());
  return {};
}

Result<const Image*> VideoPicture::make(const AVFrame& frame) {
  if (!whole_) FRAMEGEN_TRY(begin(frame));
  if (frame.width != width_ || frame.height != height_ || frame.format != format_)
    return no_picture("has another size or pixel format than those before it");
  // Four lines: two of each field, so that also fields have whole pairs of lines for one line of colour.
  if (look_.as_seen && is_interlaced(frame) && height_ % 4 == 0) {
    FRAMEGEN_TRY(join_fields(frame, is_top_first(frame)));
  } else {
    deinterlacer_.forget();
    convert(*whole_, frame, kWhole, image_.view());
  }
  return static_cast<const Image*>(&image_);
}

}  // namespace framegen
