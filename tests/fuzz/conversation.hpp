// conversation.hpp: a few bytes as a long conversation: WebSocket frames of any size, depth and order, with
// pauses.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace framegen::test {

// Each word: a kind, and what that kind takes.
class Conversation {
 public:
  struct Said {
    bool wait = false;
    std::string bytes;
  };
  explicit Conversation(std::span<const std::uint8_t> words) : words_(words) {}

  std::optional<Said> next() {
    if (words_.empty() || said_++ == kMostWords) return std::nullopt;
    switch (byte() % 7) {
      case 0:
        return Said{false, message(1, repeated(piece(), number()))};
      case 1:
        return Said{false, message(1, deep())};
      case 2:
        return Said{false, message(2, std::string(cut(number() * 8), 'a'))};
      case 3:
        return Said{false, frame(0x80 | (9 + byte() % 2), repeated(piece(), byte()).substr(0, 200))};
      case 4:
        return Said{waits_++ < kMostWaits, {}};
      case 5:
        return Said{false, piece()};  // whatever it means
      default:
        return Said{false, frame(0x88, piece())};
    }
  }

 private:
  static constexpr int kMostWords = 64, kMostWaits = 3;
  static constexpr std::size_t kMostBytes = 300'000;  // beyond what one message may have

  std::uint8_t byte() {
    if (words_.empty()) return 0;
    const std::uint8_t first = words_.front();
    words_ = words_.subspan(1);
    return first;
  }
  std::size_t number() { return byte() | static_cast<std::size_t>(byte()) << 8; }
  static std::size_t cut(std::size_t size) { return std::min(size, kMostBytes); }
  std::string piece() {
    const std::size_t wanted = byte() % 64;
    const auto taken = words_.first(std::min(wanted, words_.size()));
    words_ = words_.subspan(taken.size());
    return {taken.begin(), taken.end()};
  }
  static std::string repeated(const std::string& piece, std::size_t count) {
    std::string all;
    for (std::size_t i = 0; i < count && all.size() + piece.size() <= kMostBytes; ++i) all += piece;
    return all;
  }
  // {"type":"start","audio": [[[[ … ]]]] }
  std::string deep() {
    static constexpr const char* kKeys[] = {"audio", "video", "avatar", "idle", "x", "type"};
    static constexpr const char* kOpen[] = {"[", "{\"x\":", "[{\"a\":", "[1,"};
    static constexpr const char* kClose[] = {"]", "}", "}]", "]"};
    const std::uint8_t how = byte();
    const std::size_t kind = how % 4, levels = 3 * number();
    std::string text = std::string("{\"type\":\"start\",\"") + kKeys[how / 4 % 6] + "\":";
    text += repeated(kOpen[kind], levels) + "1";
    if (how < 200) text += repeated(kClose[kind], levels) + "}";
    return text.substr(0, kMostBytes);
  }
  // In one frame, or cut into up to four.
  std::string message(std::uint8_t opcode, const std::string& payload) {
    const std::size_t pieces = 1 + byte() % 4, each = payload.size() / pieces + 1;
    std::string all;
    for (std::size_t i = 0; i < pieces; ++i) {
      const bool last = i + 1 == pieces;
      const std::size_t at = std::min(payload.size(), i * each);
      all += frame(static_cast<std::uint8_t>((last ? 0x80 : 0) | (i == 0 ? opcode : 0)),
                   payload.substr(at, each));
    }
    return all;
  }
  // Masked with zeros, as a client's has to be masked with something.
  static std::string frame(std::uint8_t first, const std::string& payload) {
    std::string bytes(1, static_cast<char>(first));
    const std::size_t size = payload.size();
    const auto big_endian = [&](int count) {
      for (int i = count - 1; i >= 0; --i) bytes += static_cast<char>(size >> (8 * i) & 255);
    };
    if (size < 126) {
      bytes += static_cast<char>(0x80 | size);
    } else {
      bytes += static_cast<char>(size < 65536 ? 0x80 | 126 : 0x80 | 127);
      big_endian(size < 65536 ? 2 : 8);
    }
    return bytes + std::string(4, '\0') + payload;
  }

  std::span<const std::uint8_t> words_;
  int said_ = 0, waits_ = 0;
};

}  // namespace framegen::test
