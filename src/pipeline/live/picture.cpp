// picture.cpp: one level of presence that speech raises and idleness lowers.
#include "pipeline/live/picture.hpp"

#include <algorithm>

namespace framegen {

LivePicture::LivePicture(const Speaker& speaker, PixelFormat format, Blend blend, int fade_frames)
    : speaker_(speaker),
      fade_frames_(fade_frames),
      blender_(blend, speaker.largest_area()),
      composer_(format, speaker.bundle().manifest().width, speaker.bundle().manifest().height),
      last_face_(speaker.image_size(), speaker.image_size()) {}

Result<Frame> LivePicture::speech(const FinishedFace& face, bool silent) {
  presence_ = silent ? std::max(0, presence_ - 1) : std::min(fade_frames_ + 1, presence_ + 1);
  copy_pixels(face.face, last_face_);
  shown_ = face.prepared;
  FinishedFace mixed = face;
  mixed.area = blender_.mix(*face.prepared, *face.area, weight());
  return composer_.compose(mixed);
}

Result<Frame> LivePicture::idle(int template_frame, bool hold) {
  if (!hold) presence_ = std::max(0, presence_ - 1);
  shown_ = FRAMEGEN_TRY(speaker_.frames().get(template_frame));
  FinishedFace mixed;
  mixed.template_frame = template_frame;
  mixed.prepared = shown_;
  if (presence_ > 0) {
    FRAMEGEN_TRY(speaker_.paste(paste_, *shown_, last_face_, area_));
    mixed.area = blender_.mix(*shown_, area_, weight());
  }
  return composer_.compose(mixed);
}

}  // namespace framegen
