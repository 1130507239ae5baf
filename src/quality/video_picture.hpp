// video_picture.hpp: a decoded frame of a film → a BGR picture: its colour tags heeded and, where pictures
// are for people, its fields made one and its high dynamic range brought down.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/image.hpp"
#include "media/libav.hpp"
#include "quality/deinterlace.hpp"
#include "quality/frame_reader.hpp"
#include "quality/tone_map.hpp"

namespace framegen {

// One film's frames in their order.
class VideoPicture {
 public:
  explicit VideoPicture(const FrameLook& look) : look_(look) {}
  // Borrowed until the next call. Errors: kBadInput without a place: what is wrong with the frame.
  Result<const Image*> make(const AVFrame& frame);
  // Of the frames as they come.
  int width() const { return width_; }
  int height() const { return height_; }

 private:
  Status begin(const AVFrame& frame);
  Status start_converter(libav::Owner<SwsContext>& converter, const AVFrame& frame, int lines, int width,
                         int height);
  void convert(SwsContext& converter, const AVFrame& frame, int parity, MutableImageView to);
  Status join_fields(const AVFrame& frame, bool top_first);
  bool is_smaller() const { return image_.width() != width_ || image_.height() != height_; }

  FrameLook look_;
  int width_ = 0, height_ = 0, format_ = -1;
  std::optional<ToneMap> tone_map_;
  std::vector<std::uint16_t> wide_;  // B,G,R of 16 bits, before tone mapping
  libav::Owner<SwsContext> whole_, field_;
  Deinterlacer deinterlacer_;
  Image image_;       // what is given
  Image even_, odd_;  // an interlaced frame's fields
  Image full_;        // the two as one, where image_ is smaller
};

}  // namespace framegen
