// compose.hpp: template frame + finished face → the whole picture, as BGR, as I420 planes or as both.
#pragma once

#include <memory>
#include <vector>

#include "core/i420.hpp"
#include "core/image.hpp"
#include "framegen/session.hpp"
#include "pipeline/speaking/face_stream.hpp"

namespace framegen {

// What compose() gives is borrowed until the next call, or as long as a copy of Frame::memory is held: a
// picture is written over only where nobody holds it, else another one is taken. A face without area is the
// template frame itself, which is then lent and not copied.
class Composer {
 public:
  Composer(PixelFormat format, int width, int height);
  Frame compose(const FinishedFace& face);

 private:
  struct Picture {
    Image bgr;
    I420Image planes;
  };
  static constexpr std::size_t kMostKept = 4;  // who holds more at once pays for new ones

  Picture make() const;
  const std::shared_ptr<Picture>& free_picture();
  static void fill_bgr(const FinishedFace& face, Image& bgr);
  static void fill_planes(const FinishedFace& face, I420Image& planes);

  PixelFormat format_;
  int width_, height_;
  std::vector<std::shared_ptr<Picture>> pictures_;
  std::size_t oldest_ = 0;
};

}  // namespace framegen
