// protocol.hpp: the words of framegen.v1: JSON from the client, JSON and media to it (docs/live.md).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "framegen/live.hpp"
#include "pictures/picture_encoder.hpp"

namespace framegen::server {

inline constexpr const char* kSubprotocol = "framegen.v1";
inline constexpr std::size_t kMediaHeaderBytes = 32;

struct Start {
  std::string avatar;  // empty: the first
  int channels = 1;    // 1 or 2, which are averaged
  VideoFormat video = VideoFormat::kJpeg;
  int quality = 85;  // of JPEG and H.264, 1 … 100
  bool fast = false;
  LiveOptions live;
};
// A text to be spoken: a segment of its own.
struct Say {
  std::string text, voice;  // voice: empty: the server's usual one
};
struct Flush {};
struct Interrupt {};
struct Stop {};
using Control = std::variant<Start, Say, Flush, Interrupt, Stop>;

// JSON's brackets in each other at most: nobody's message needs more, and what walks a value walks the stack.
inline constexpr int kDeepestJson = 32;
// Looked at before a stranger's text is parsed. What is no JSON may be called anything.
bool is_deeper(std::string_view json, int most = kDeepestJson);

// Errors: kBadUse, saying what the message should be.
Result<Control> parse_control(const std::string& text);

// `watched_as`: the session's name for WHEP; empty: it is not watched that way.
std::string ready_message(const AvatarInfo& avatar, const LiveSession& session, const LiveOptions& options,
                          const std::string& watched_as = {});
std::string segment_start_message(const LiveOutput& out);
std::string segment_end_message(const LiveOutput& out);
// The answer to an interrupt: of segments up to `segment` nothing is to be shown or heard any more.
std::string interrupted_message(std::uint32_t segment);
// A text was not said, or not to its end; the session goes on.
std::string say_failed_message(const Error& error);
std::string stats_message(const LiveStats& stats, std::int64_t dropped_pictures, double frame_ms_p95);
std::string error_message(const Error& error);

// One message of media: header, sound, picture.
//
//   "FGM1" · u8 kind (1 idle, 2 speech) · u8 flags · u16 header bytes · u64 pts in µs · u32 segment
//   · u32 sound bytes · u32 picture bytes · u16 width · u16 height    little-endian
//
// A picture that was dropped has no bytes; the sound is always there. Flag 1: it is the segment's own, else
// it is silence that was put in. Flag 2: an H.264 picture that can be understood without the ones before.
std::vector<std::uint8_t> media_message(const LiveOutput& out, bool speech, bool own_sound,
                                        const EncodedPicture& picture);

}  // namespace framegen::server
