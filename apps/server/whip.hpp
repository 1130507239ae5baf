// whip.hpp: a live session published to a server over WebRTC (WHIP, RFC 9725; docs/live.md).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "framegen/session.hpp"

namespace framegen::server {

struct WhipOptions {
  std::string url;    // whip://, and over TLS whips:// or https://
  std::string token;  // shown to the server of `url`, and to no other; may be empty
  int width = 0;      // of a picture, pixels
  int height = 0;
  int sample_rate_hz = 16000;
  // Set: what waits returns with an error. Null: nobody stops it.
  const std::atomic<bool>* stop = nullptr;
};

// H.264 and Opus, encoded for the line as it is. One thread at a time; packets leave on a thread of its own.
class WhipPublisher {
 public:
  virtual ~WhipPublisher() = default;  // as close(), but waits for nothing
  // 40 ms: a picture with planes and its sound. Errors: kBadOutput (the server has gone), kInternal.
  virtual Status write(const Frame& picture, std::span<const std::int16_t> sound) = 0;
  // What was written last is sent, and the session deleted. Errors: kBadOutput (the server would not delete
  // it).
  virtual Status close() = 0;
};

// Blocks until packets can be sent. Errors: kBadUse (no such address, a token in the clear, this build has no
// WebRTC), kBadOutput (nobody there, refused, no way for UDP), kCancelled.
Result<std::unique_ptr<WhipPublisher>> open_whip(const WhipOptions& options);

}  // namespace framegen::server
