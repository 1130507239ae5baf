// formats.hpp: forms that pictures can leave in.
#pragma once

namespace framegen {

enum class PictureFormat { kPng, kJpeg };

enum class RawFormat {
  kBgr24,  // width·height·3 bytes a frame and nothing else
  kY4m     // YUV4MPEG2, 4:2:0, BT.709 limited: players read size and rate from its header
};

}  // namespace framegen
