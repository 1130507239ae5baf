// protocol.cpp: strict about what is there, and about what it does not know.
#include "protocol.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/words.hpp"

namespace framegen::server {
namespace {

using Json = nlohmann::json;
constexpr std::size_t kLongestKey = 64;  // of a stranger's, shown
static_assert(std::endian::native == std::endian::little, "media and sound go out as they lie in memory");

// The C++ API's names as messages have them.
constexpr Word kWords[] = {{"LiveOptions::sample_rate_hz", "audio.rate"},
                           {"LiveOptions::", ""},
                           {"LiveSession::push", "sound"},
                           {"LiveSession::", "session: "},
                           {"RenderJob::audio", "body"},
                           {"Avatar::open", "avatar"}};

Error wrong(const std::string& where, const std::string& expected) {
  return {ErrorCode::kBadUse, where, "is not what it should be", "give " + expected};
}

Result<int> whole_number(const Json& object, const char* key, int otherwise, int low, int high) {
  if (!object.contains(key)) return otherwise;
  const Json& value = object[key];
  if (!value.is_number_integer() || value < low || value > high)
    return wrong(key, "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
  return value.get<int>();
}

// The place of a word in `words`.
Result<std::size_t> word(const Json& object, const char* key, std::initializer_list<const char*> words) {
  if (!object.contains(key)) return std::size_t{0};
  std::size_t place = 0;
  std::string list;
  for (const char* known : words) {
    if (object[key] == known) return place;
    list += std::string(place++ == 0 ? "" : ", ") + known;
  }
  return wrong(key, "one of: " + list);
}

using Keys = std::initializer_list<std::string_view>;

// A key that is not known would be an option that its sender believes in.
Status check_keys(const Json& object, const std::string& where, Keys known) {
  for (const auto& item : object.items()) {
    if (std::ranges::find(known, item.key()) != known.end()) continue;
    std::string list;
    for (const std::string_view key : known) list += (list.empty() ? "" : ", ") + std::string(key);
    return Error{ErrorCode::kBadUse, where + "\"" + item.key().substr(0, kLongestKey) + "\"",
                 "is not a key that is known here", "give some of: " + list};
  }
  return {};
}

// Null where there is no such part.
Result<const Json*> part(const Json& object, const char* key, Keys known) {
  const auto found = object.find(key);
  if (found == object.end()) return nullptr;
  if (!found->is_object()) return wrong(key, "an object");
  FRAMEGEN_TRY(check_keys(*found, std::string(key) + ".", known));
  return &*found;
}

Result<Control> parse_start(const Json& message) {
  Start start;
  FRAMEGEN_TRY(check_keys(
      message, "start.",
      {"type", "avatar", "audio", "video", "pace", "idle", "blend", "look_ahead_ms", "silence_gate_db"}));
  if (message.contains("avatar")) {
    if (!message["avatar"].is_string()) return wrong("avatar", "an avatar's name");
    start.avatar = message["avatar"];
  }
  static const Json none = Json::object();
  const Json* const audio_part = FRAMEGEN_TRY(part(message, "audio", {"rate", "channels"}));
  const Json* const video_part = FRAMEGEN_TRY(part(message, "video", {"format", "quality", "region"}));
  const Json& audio = audio_part != nullptr ? *audio_part : none;
  const Json& video = video_part != nullptr ? *video_part : none;
  start.live.sample_rate_hz = FRAMEGEN_TRY(whole_number(audio, "rate", 16000, 1, 1 << 20));
  start.channels = FRAMEGEN_TRY(whole_number(audio, "channels", 1, 1, 2));
  start.video = static_cast<VideoFormat>(
      FRAMEGEN_TRY(word(video, "format", {"jpeg", "i420", "bgr", "none", "h264", "webrtc"})));
  start.quality = FRAMEGEN_TRY(whole_number(video, "quality", 85, 1, 100));
  FRAMEGEN_TRY(word(video, "region", {"frame"}));
  start.fast = FRAMEGEN_TRY(word(message, "pace", {"realtime", "fast"})) == 1;
  start.live.idle = static_cast<Idle>(FRAMEGEN_TRY(word(message, "idle", {"loop", "none"})));
  start.live.blend = static_cast<Blend>(FRAMEGEN_TRY(word(message, "blend", {"reference", "feather"})));
  start.live.look_ahead_ms = FRAMEGEN_TRY(whole_number(message, "look_ahead_ms", -1, -1, 1000));
  start.live.silence_gate_db = FRAMEGEN_TRY(whole_number(message, "silence_gate_db", 0, -90, 0));
  start.live.format = pixel_format(start.video);
  return Control(start);
}

Result<Control> parse_say(const Json& message) {
  FRAMEGEN_TRY(check_keys(message, "say.", {"type", "text", "voice"}));
  Say say;
  if (!message.contains("text") || !message["text"].is_string()) return wrong("text", "what is to be said");
  say.text = message["text"];
  if (message.contains("voice")) {
    if (!message["voice"].is_string()) return wrong("voice", "a voice's name");
    say.voice = message["voice"];
  }
  return Control(std::move(say));
}

Json words_of(const Error& given, const char* type) {
  const Error error = in_words(given, kWords);
  return Json{{"type", type}, {"what", error.where}, {"why", error.what}, {"do", error.remedy}};
}

template <class T>
void put(std::uint8_t*& at, T value) {
  std::memcpy(at, &value, sizeof value);
  at += sizeof value;
}

}  // namespace

bool is_deeper(std::string_view json, int most) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string && c == '\\') {
      ++i;
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string && (c == '[' || c == '{')) {
      if (++depth > most) return true;
    } else if (!in_string && (c == ']' || c == '}')) {
      --depth;
    }
  }
  return false;
}

Result<Control> parse_control(const std::string& text) {
  if (is_deeper(text))
    return wrong("message", "at most " + std::to_string(kDeepestJson) + " brackets in each other");
  const Json message = Json::parse(text, nullptr, false);
  if (!message.is_object() || !message.contains("type"))
    return wrong("message", R"(a JSON object with "type": start, say, flush, interrupt or stop)");
  const Json& type = message["type"];
  if (type == "start") return parse_start(message);
  if (type == "say") return parse_say(message);
  if (type == "flush") return Control(Flush{});
  if (type == "interrupt") return Control(Interrupt{});
  if (type == "stop") return Control(Stop{});
  return wrong("type", "start, say, flush, interrupt or stop");
}

std::string ready_message(const AvatarInfo& avatar, const LiveSession& session, const LiveOptions& options,
                          const std::string& watched_as) {
  Json message{{"type", "ready"},
               {"avatar", avatar.name},
               {"width", avatar.width},
               {"height", avatar.height},
               {"fps", 25},
               {"rate", options.sample_rate_hz},
               {"samples_per_frame", session.samples_per_frame()},
               {"look_ahead_ms", session.look_ahead_ms()},
               {"max_buffer_ms", options.max_buffer_ms},
               {"ai_generated", true}};
  if (!watched_as.empty()) message["session"] = watched_as;
  return message.dump();
}

std::string segment_start_message(const LiveOutput& out) {
  return Json{{"type", "segment_start"}, {"segment", out.segment}, {"pts_us", out.pts_us}}.dump();
}

std::string segment_end_message(const LiveOutput& out) {
  return Json{{"type", "segment_end"},
              {"segment", out.segment},
              {"position_ms", out.position_ms},
              {"position_samples", out.position_samples},
              {"interrupted", out.interrupted}}
      .dump();
}

std::string stats_message(const LiveStats& stats, std::int64_t dropped_pictures, double frame_ms_p95) {
  return Json{{"type", "stats"},
              {"buffered_ms", stats.buffered_ms},
              {"late_frames", stats.late_frames},
              {"hungry_frames", stats.hungry_frames},
              {"dropped_pictures", dropped_pictures},
              {"frame_ms_p95", frame_ms_p95}}
      .dump();
}

std::string error_message(const Error& given) {
  return words_of(given, "error").dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string say_failed_message(const Error& error) {
  return words_of(error, "say_failed").dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string interrupted_message(std::uint32_t segment) {
  return Json{{"type", "interrupted"}, {"segment", segment}}.dump();
}

std::vector<std::uint8_t> media_message(const LiveOutput& out, bool speech, bool own_sound,
                                        const EncodedPicture& encoded) {
  const std::span<const std::uint8_t> picture = encoded.bytes;
  const std::size_t sound_bytes = out.sound.size_bytes();
  std::vector<std::uint8_t> message(kMediaHeaderBytes + sound_bytes + picture.size());
  std::uint8_t* at = message.data();
  std::memcpy(at, "FGM1", 4);
  at += 4;
  put(at, static_cast<std::uint8_t>(speech ? 2 : 1));
  put(at, static_cast<std::uint8_t>((own_sound ? 1 : 0) | (encoded.key ? 2 : 0)));
  put(at, static_cast<std::uint16_t>(kMediaHeaderBytes));
  put(at, static_cast<std::uint64_t>(out.pts_us));
  put(at, out.segment);
  put(at, static_cast<std::uint32_t>(sound_bytes));
  put(at, static_cast<std::uint32_t>(picture.size()));
  put(at, static_cast<std::uint16_t>(out.frame.width));
  put(at, static_cast<std::uint16_t>(out.frame.height));
  if (sound_bytes > 0) std::memcpy(at, out.sound.data(), sound_bytes);
  if (!picture.empty()) std::memcpy(at + sound_bytes, picture.data(), picture.size());
  return message;
}

}  // namespace framegen::server
