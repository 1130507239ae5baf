// compose.hpp: template frame + finished face → the whole picture, as BGR, as I420 planes or as both.
#pragma once

#include "core/i420.hpp"
#include "core/image.hpp"
#include "framegen/session.hpp"
#include "pipeline/speaking/face_stream.hpp"

namespace framegen {

// Owns one picture of each kind; what compose() gives is borrowed until the next call. A face without area is
// the template frame itself, which is then lent and not copied.
class Composer {
 public:
  Composer(PixelFormat format, int width, int height);
  Frame compose(const FinishedFace& face);

 private:
  void fill_bgr(const FinishedFace& face);
  void fill_planes(const FinishedFace& face);

  PixelFormat format_;
  Image bgr_;
  I420Image planes_;
};

}  // namespace framegen
