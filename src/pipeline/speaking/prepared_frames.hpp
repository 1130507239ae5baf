// prepared_frames.hpp: template frames made ready once: decoded, face box cropped, converted for video
// encoders.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "avatar/avatar_bundle.hpp"
#include "avatar/template_frames.hpp"
#include "core/i420.hpp"
#include "core/image.hpp"
#include "face/face_geometry.hpp"
#include "framegen/result.hpp"
#include "generator/backend.hpp"

namespace framegen {

// Immutable once made, but for the planes, which are converted at first need.
struct PreparedFrame {
  std::shared_ptr<const Image> bgr;  // the whole template frame
  Rectangle box;                     // face box, cut to the frame (docs/reference.md §5)
  Rectangle area;                    // box widened to even coordinates: what video encoders can replace
  Image crop;                        // box resized to crop × crop pixels
  std::shared_ptr<const Image> real, masked;  // an avatar's own pictures for the generator, where it has some
  ImageInput image;                           // what the generator sees: these, or the crop's inner part

  // The whole frame as planes. Thread-safe.
  const I420Image& i420() const;
  std::size_t bytes() const;  // of memory, planes included

 private:
  friend class PreparedFrames;
  mutable std::once_flag converted_;
  mutable I420Image planes_;
};

FaceGeometry geometry_of(const Manifest& manifest);

// The smallest rectangle round `box` whose edges are even, or the frame's own: 4:2:0 samples are never split.
Rectangle even_area(const Rectangle& box, int width, int height);

// Prepared frames by number, made on first use, least recently used ones dropped beyond the budget.
// Thread-safe.
class PreparedFrames {
 public:
  PreparedFrames(const AvatarBundle& bundle, std::uint64_t budget_bytes);
  // `keep`: it is wanted again. Errors: kBadAvatar, naming the frame's file.
  Result<std::shared_ptr<const PreparedFrame>> get(int template_frame, bool keep = true);

 private:
  struct Spare;
  struct Entry {
    std::shared_ptr<const PreparedFrame> frame;
    std::list<int>::iterator use;
  };
  Result<std::shared_ptr<const PreparedFrame>> prepare(int template_frame);
  std::shared_ptr<const PreparedFrame> found(int template_frame);
  void remember(int template_frame, std::shared_ptr<const PreparedFrame> frame);

  const AvatarBundle& bundle_;
  FaceGeometry geometry_;
  std::uint64_t budget_bytes_;
  std::unique_ptr<TemplateFrames> templates_, real_, masked_;  // decode; what is kept is kept here
  std::shared_ptr<Spare> spare_;
  std::mutex mutex_;
  std::uint64_t held_bytes_ = 0;
  std::list<int> uses_;  // most recent first
  std::unordered_map<int, Entry> entries_;
};

}  // namespace framegen
