// media_maker.hpp: a session's media as what watchers are sent: encoded and cut to packets once.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "pictures/picture_encoder.hpp"
#include "webrtc/opus.hpp"
#include "webrtc/watcher.hpp"

namespace framegen::server::webrtc {

class MediaMaker {
 public:
  explicit MediaMaker(OpusEncoder opus) : opus_(std::move(opus)) {}
  // `message` is media_message()'s, with H.264. Errors: kInternal.
  Result<std::shared_ptr<const Media>> make(BytesView message);
  // `picture`: an access unit in Annex B. `sound`: what there is of it by now; it may lag behind. Errors:
  // kInternal.
  Result<std::shared_ptr<const Media>> make(std::int64_t pts_us, EncodedPicture picture,
                                            std::span<const std::int16_t> sound);

 private:
  OpusEncoder opus_;
  std::vector<std::int16_t> samples_;
  std::int64_t sounds_ = 0;  // packets made
};

}  // namespace framegen::server::webrtc
