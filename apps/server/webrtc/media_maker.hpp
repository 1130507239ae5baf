// media_maker.hpp: a session's messages of media as what watchers are sent: encoded and cut to packets once.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "webrtc/opus.hpp"
#include "webrtc/watcher.hpp"

namespace framegen::server::webrtc {

class MediaMaker {
 public:
  explicit MediaMaker(OpusEncoder opus) : opus_(std::move(opus)) {}
  // `message` is media_message()'s, with H.264. Errors: kInternal.
  Result<std::shared_ptr<const Media>> make(BytesView message);

 private:
  OpusEncoder opus_;
  std::vector<std::int16_t> samples_;
};

}  // namespace framegen::server::webrtc
