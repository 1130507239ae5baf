// h264_encoder.hpp: a session's pictures as H.264 in Annex B, each at once.
#pragma once

#include <cstdint>
#include <memory>

#include "media/libav.hpp"
#include "pictures/picture_encoder.hpp"

namespace framegen::server {

// It waits for no later picture: an access unit for each. Parameter sets are in the stream, before each key
// picture. Frames must have planes.
class H264Encoder : public PictureEncoder {
 public:
  // `quality` 1 … 100 is x264's crf 40 … 20. Errors: kBadUse (this FFmpeg has no H.264 encoder).
  static Result<std::unique_ptr<H264Encoder>> create(int width, int height, int quality);
  // For a line whose rate changes: the constrained baseline profile, which all decoders know, and no picture
  // larger than a quarter of a second's rate. Errors: as above.
  static Result<std::unique_ptr<H264Encoder>> create_for_line(int width, int height, int quality);

  Result<EncodedPicture> encode(const Frame& frame) override;
  // The next picture refers to none before it.
  void lost() override { key_wanted_ = true; }
  // Of create_for_line's alone. Holds from the next picture on.
  void set_rate(int bits_per_second) override;

 private:
  explicit H264Encoder(libav::Owner<AVCodecContext> encoder);

  libav::Owner<AVCodecContext> encoder_;
  libav::Owner<AVFrame> picture_;
  libav::Owner<AVPacket> packet_;
  std::int64_t next_ = 0;
  bool key_wanted_ = false;
};

}  // namespace framegen::server
