// face_finder.hpp: where the face is in each frame of a film: from a file, from landmarks, fixed, or through
// a landmark network (docs/import.md).
#pragma once

#include <memory>
#include <vector>

#include "core/log.hpp"
#include "framegen/import.hpp"
#include "framegen/result.hpp"

namespace framegen {

class FaceFinder {
 public:
  // Whichever of VideoFaces' ways is given. Errors: kBadUse (none, or more than one; points that are no three
  // numbers), kBadInput and kBadAvatar (the file or network).
  static Result<std::unique_ptr<FaceFinder>> make(const VideoFaces& faces, const Log& log);
  FaceFinder() = default;
  FaceFinder(const FaceFinder&) = delete;
  FaceFinder& operator=(const FaceFinder&) = delete;
  virtual ~FaceFinder() = default;

  // The box of the film's next frame, uncut: it begins inside the frame. Errors: kBadInput, naming the frame:
  // no box, over the left or top edge, outside.
  virtual Result<Rectangle> find(int frame, ImageView picture) = 0;
  // Whether that frame becomes part of the template.
  virtual bool wants(int /*frame*/) const { return true; }
  // After the last frame: warns of what was not used.
  virtual void finish(int /*frames*/) {}
  // Frames to smooth over where the user did not say: what was measured before is taken as it is.
  virtual int default_smoothing() const { return 1; }
};

// Errors: kBadInput, `where`: the box begins left of, above or outside a frame of that size.
Status check_box(const Rectangle& box, int width, int height, const std::string& where);

}  // namespace framegen
