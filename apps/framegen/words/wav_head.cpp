// wav_head.cpp: RIFF's chunks up to "data", and the first bytes of what people have.
#include "words/wav_head.hpp"

#include <array>
#include <cstring>
#include <string>
#include <string_view>

namespace framegen::app {
namespace {

constexpr std::size_t kEnoughToTell = 12;
constexpr std::size_t kFormatBytes = 16;
constexpr std::uint32_t kIntegers = 1, kExtensible = 0xFFFE;

struct Kind {
  std::size_t at;
  std::string_view bytes;
  const char* name;
};
constexpr std::array kOthers = {
    Kind{0, "fLaC", "a FLAC file"},  Kind{0, "OggS", "an Ogg file"},
    Kind{0, "ID3", "an MP3 file"},   Kind{4, "ftyp", "an MP4 file"},
    Kind{0, "FORM", "an AIFF file"}, Kind{0, "\x1A\x45\xDF\xA3", "a Matroska file"}};

std::string_view text_of(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::uint32_t number(std::span<const std::uint8_t> bytes, std::size_t at, int size) {
  std::uint32_t value = 0;
  for (int i = size - 1; i >= 0; --i) value = value << 8 | bytes[at + static_cast<std::size_t>(i)];
  return value;
}

Error not_raw(const std::string& what, int rate_hz) {
  const std::string rate = std::to_string(rate_hz);
  return {ErrorCode::kBadInput, "standard input", what + ", and raw samples are read here",
          "convert it: ffmpeg -v error -i FILE -f s16le -ar " + rate + " -ac 1 - | framegen stream --rate " +
              rate + " …"};
}

Status check_format(std::span<const std::uint8_t> format, int rate_hz) {
  const std::uint32_t coding = number(format, 0, 2), channels = number(format, 2, 2),
                      rate = number(format, 4, 4), bits = number(format, 14, 2);
  if ((coding == kIntegers || coding == kExtensible) && channels == 1 && bits == 16) {
    if (rate == static_cast<std::uint32_t>(rate_hz)) return {};
    return Error{ErrorCode::kBadInput, "standard input",
                 "is a WAV file of " + std::to_string(rate) + " Hz, not of " + std::to_string(rate_hz),
                 "give --rate " + std::to_string(rate)};
  }
  return not_raw("is a WAV file of " + std::to_string(channels) + " channel(s) and " + std::to_string(bits) +
                     " bits, not of 1 and 16",
                 rate_hz);
}

}  // namespace

Result<std::optional<std::size_t>> bytes_before_sound(std::span<const std::uint8_t> first, int rate_hz) {
  if (first.size() < kEnoughToTell) return std::optional<std::size_t>();
  const std::string_view text = text_of(first);
  for (const Kind& kind : kOthers)
    if (text.substr(kind.at).starts_with(kind.bytes)) return not_raw(std::string("is ") + kind.name, rate_hz);
  if (!text.starts_with("RIFF") || text.substr(8, 4) != "WAVE") return std::optional<std::size_t>(0);
  for (std::size_t at = kEnoughToTell; at + 8 <= first.size();) {
    const std::string_view name = text.substr(at, 4);
    const std::size_t bytes = number(first, at + 4, 4);
    if (name == "data") return std::optional<std::size_t>(at + 8);
    if (name == "fmt ") {
      if (at + 8 + kFormatBytes > first.size()) break;
      FRAMEGEN_TRY(check_format(first.subspan(at + 8), rate_hz));
    }
    at += 8 + bytes + bytes % 2;
  }
  return std::optional<std::size_t>();
}

}  // namespace framegen::app
