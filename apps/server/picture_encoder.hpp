// picture_encoder.hpp: a frame as the bytes that a client asked for.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "protocol.hpp"

namespace framegen::server {

// Untouched template frames are encoded once each. Not thread-safe.
class PictureEncoder {
 public:
  PictureEncoder(VideoFormat format, int quality, int template_frames);
  ~PictureEncoder();
  // Borrowed until the next call. Errors: kInternal.
  Result<std::span<const std::uint8_t>> encode(const Frame& frame);

 private:
  Status jpeg(const Frame& frame, std::vector<std::uint8_t>& out);
  void copy_rows(const std::uint8_t* from, std::ptrdiff_t stride, int width, int height);

  VideoFormat format_;
  int quality_;
  void* turbo_ = nullptr;
  std::vector<std::uint8_t> bytes_;
  std::vector<std::vector<std::uint8_t>> kept_;  // by template frame
};

}  // namespace framegen::server
