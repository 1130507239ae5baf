// picture.hpp: what a live presenter looks like from frame to frame: idle, speaking, and between.
#pragma once

#include "face/paste.hpp"
#include "pipeline/speaking/blend.hpp"
#include "pipeline/speaking/compose.hpp"
#include "pipeline/speaking/speaker.hpp"

namespace framegen {

// Idle frames are the template's, untouched; over `fade_frames` frames the face comes and goes. Not
// thread-safe.
//
//   face's share (4 frames):  0  0 │ 1/5 2/5 3/5 4/5  1  1 … 1 │ 4/5 3/5 2/5 1/5  0 │ 0
//                             idle │ speech                    │ idle, last face    │
class LivePicture {
 public:
  LivePicture(const Speaker& speaker, PixelFormat format, Blend blend, int fade_frames);

  // `silent`: the mouth rests although the segment goes on. Errors: kInternal. Borrowed until the next call.
  Result<Frame> speech(const FinishedFace& face, bool silent);
  // `hold`: a face is late, not gone: its share stays. Errors: kBadAvatar (a broken template frame).
  Result<Frame> idle(int template_frame, bool hold);

 private:
  int weight() const { return kWholeFace * presence_ / (fade_frames_ + 1); }

  const Speaker& speaker_;
  int fade_frames_;
  int presence_ = 0;  // 0 … fade_frames_ + 1
  Blender blender_;
  Composer composer_;
  PasteScratch paste_;
  Image last_face_;  // as the generator made it
  Image area_;       // the last face in an idle frame
  std::shared_ptr<const PreparedFrame> shown_;
};

}  // namespace framegen
