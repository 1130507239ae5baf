// picture_encoder.hpp: a live session's pictures as the bytes that its client asked for.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "framegen/session.hpp"

namespace framegen::server {

class TemplateJpegs;

// As framegen.v1 names them; the last is "webrtc".
enum class VideoFormat { kJpeg, kI420, kBgr, kNone, kH264, kH264Line };

// Borrowed from the encoder until its next call.
struct EncodedPicture {
  std::span<const std::uint8_t> bytes;
  bool key = false;  // H.264: it can be understood without the ones before
};

// Not thread-safe.
class PictureEncoder {
 public:
  virtual ~PictureEncoder() = default;
  // Errors: kInternal.
  virtual Result<EncodedPicture> encode(const Frame& frame) = 0;
  // A picture was dropped in front of the encoder's next one.
  virtual void lost() {}
  // Bits that the pictures of a second may take; for those that go over a line.
  virtual void set_rate(int) {}
};

// How `frame` must be pulled for it.
inline PixelFormat pixel_format(VideoFormat format) {
  const bool planes =
      format == VideoFormat::kI420 || format == VideoFormat::kH264 || format == VideoFormat::kH264Line;
  return planes ? PixelFormat::kI420 : PixelFormat::kBgr;
}

// `quality`: 1 … 100, of JPEG and H.264. `jpegs`: of the avatar and quality; null where the format is another
// one. Errors: kBadUse (no H.264 encoder here).
Result<std::unique_ptr<PictureEncoder>> make_picture_encoder(VideoFormat format, int width, int height,
                                                             int quality,
                                                             std::shared_ptr<TemplateJpegs> jpegs);

}  // namespace framegen::server
