// planes.hpp: a picture's plane into a frame of FFmpeg's, whose rows lie further apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "media/libav.hpp"

namespace framegen {

// `height` rows of `width` bytes each, `stride` bytes apart.
inline void copy_plane(const std::uint8_t* from, std::ptrdiff_t stride, AVFrame& to, int plane, int width,
                       int height) {
  for (int y = 0; y < height; ++y)
    std::memcpy(to.data[plane] + std::ptrdiff_t{y} * to.linesize[plane], from + y * stride,
                static_cast<std::size_t>(width));
}

}  // namespace framegen
