// bytes.hpp: numbers and words as bytes and back: what one process of ours tells another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace framegen::sandbox {

using Bytes = std::vector<std::byte>;

// Both ends run on one machine: numbers are as it holds them.
class BytesOut {
 public:
  template <class T>
  requires std::is_arithmetic_v<T> BytesOut& number(T value) { return append(&value, sizeof value); }
  BytesOut& text(std::string_view words) {
    number(static_cast<std::uint32_t>(words.size()));
    return append(words.data(), words.size());
  }
  const Bytes& bytes() const { return bytes_; }

 private:
  BytesOut& append(const void* from, std::size_t size) {
    const auto* first = static_cast<const std::byte*>(from);
    bytes_.insert(bytes_.end(), first, first + size);
    return *this;
  }
  Bytes bytes_;
};

// Nothing where there are fewer bytes than are asked for.
class BytesIn {
 public:
  explicit BytesIn(std::span<const std::byte> bytes) : left_(bytes) {}
  template <class T>
  requires std::is_arithmetic_v<T> std::optional<T> number() {
    if (left_.size() < sizeof(T)) return std::nullopt;
    T value{};
    std::memcpy(&value, left_.data(), sizeof value);
    left_ = left_.subspan(sizeof value);
    return value;
  }
  std::optional<std::string> text() {
    const auto size = number<std::uint32_t>();
    if (!size || left_.size() < *size) return std::nullopt;
    std::string words(reinterpret_cast<const char*>(left_.data()), *size);
    left_ = left_.subspan(*size);
    return words;
  }

 private:
  std::span<const std::byte> left_;
};

}  // namespace framegen::sandbox
