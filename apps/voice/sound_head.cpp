// sound_head.cpp: RIFF's chunks up to "data", and the first bytes of what people have.
#include "sound_head.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace framegen::voice {
namespace {

constexpr std::size_t kEnoughToTell = 12;
constexpr std::size_t kFormatBytes = 16, kExtensibleBytes = 26;
constexpr std::uint32_t kExtensible = 0xFFFE;
// Who cannot seek back writes 0, or nearly the largest number that there is (espeak-ng: 0x7FFFF000).
constexpr std::size_t kNoSize = 0x7FFF0000;

struct Kind {
  std::size_t at;
  std::string_view bytes;
  const char* name;
};
constexpr std::array kOthers = {
    Kind{0, "fLaC", "a FLAC file"},  Kind{0, "OggS", "an Ogg file"},
    Kind{0, "ID3", "an MP3 file"},   Kind{4, "ftyp", "an MP4 file"},
    Kind{0, "FORM", "an AIFF file"}, Kind{0, "\x1A\x45\xDF\xA3", "a Matroska file"}};

std::uint32_t number(std::span<const std::uint8_t> bytes, std::size_t at, int size) {
  std::uint32_t value = 0;
  for (int i = size - 1; i >= 0; --i) value = value << 8 | bytes[at + static_cast<std::size_t>(i)];
  return value;
}

void read_format(std::span<const std::uint8_t> chunk, SoundHead& head) {
  head.coding = number(chunk, 0, 2);
  if (head.coding == kExtensible && chunk.size() >= kExtensibleBytes) head.coding = number(chunk, 24, 2);
  head.channels = static_cast<int>(number(chunk, 2, 2));
  head.rate_hz = static_cast<int>(std::min<std::uint32_t>(number(chunk, 4, 4), 1U << 30));
  head.bits = static_cast<int>(number(chunk, 14, 2));
}

void put(std::string& out, std::size_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 255);
}

}  // namespace

std::optional<SoundHead> read_sound_head(std::span<const std::uint8_t> first) {
  if (first.size() < kEnoughToTell) return std::nullopt;
  const std::string_view text(reinterpret_cast<const char*>(first.data()), first.size());
  SoundHead head;
  for (const Kind& kind : kOthers)
    if (text.substr(kind.at).starts_with(kind.bytes)) {
      head.other_kind = kind.name;
      return head;
    }
  if (!text.starts_with("RIFF") || text.substr(8, 4) != "WAVE") return head;
  head.wav = true;
  for (std::size_t at = kEnoughToTell; at + 8 <= first.size();) {
    const std::string_view name = text.substr(at, 4);
    const std::size_t bytes = number(first, at + 4, 4);
    if (name == "data") {
      head.bytes = at + 8;
      if (bytes > 0 && bytes < kNoSize) head.sound_bytes = bytes;
      return head;
    }
    if (name == "fmt ") {
      const std::size_t wanted = std::max(kFormatBytes, std::min(bytes, kExtensibleBytes));
      if (at + 8 + wanted > first.size()) return std::nullopt;
      read_format(first.subspan(at + 8, wanted), head);
    }
    at += 8 + bytes + bytes % 2;
  }
  return std::nullopt;
}

std::string wav_header(int rate_hz, std::size_t sound_bytes) {
  const std::size_t bytes = std::min<std::size_t>(sound_bytes, 0xFFFFFFFF - 36);
  const auto rate = static_cast<std::size_t>(rate_hz);
  std::string head = "RIFF";
  put(head, bytes + 36, 4);
  head += "WAVEfmt ";
  put(head, kFormatBytes, 4);
  put(head, kIntegers, 2);
  put(head, 1, 2);  // one channel
  put(head, rate, 4);
  put(head, 2 * rate, 4);  // bytes a second
  put(head, 2, 2);         // bytes a sample
  put(head, 16, 2);        // bits a sample
  head += "data";
  put(head, bytes, 4);
  return head;
}

}  // namespace framegen::voice
