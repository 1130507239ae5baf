// wire.cpp: tags, varints and lengths, with the limits that protobuf's own reader has.
#include "nn/onnx/wire.hpp"

#include <bit>

namespace framegen::wire {
namespace {

constexpr int kMaxDepth = 100;  // of groups in one another
constexpr std::uint32_t kGroupBegin = 3, kGroupEnd = 4;
constexpr int kTagBytes = 5, kVarintBytes = 10;

// Bits that do not fit are dropped, as protobuf does.
bool take(std::string_view& bytes, int longest, std::uint64_t& value) {
  value = 0;
  for (int i = 0; i < longest && static_cast<std::size_t>(i) < bytes.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(bytes[static_cast<std::size_t>(i)]);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << (7 * i);
    if (byte < 0x80) return bytes.remove_prefix(static_cast<std::size_t>(i) + 1), true;
  }
  return false;
}

}  // namespace

bool take_varint(std::string_view& bytes, std::uint64_t& value) { return take(bytes, kVarintBytes, value); }

bool Reader::take_fixed(std::size_t size, std::uint64_t& value) {
  if (rest_.size() < size) return false;
  value = 0;
  for (std::size_t i = 0; i < size; ++i)
    value |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(rest_[i])) << (8 * i);
  rest_.remove_prefix(size);
  return true;
}

bool Reader::read_tag(std::uint32_t& number, std::uint32_t& kind) {
  std::uint64_t tag = 0;
  if (!take(rest_, kTagBytes, tag)) return false;
  const auto bits = static_cast<std::uint32_t>(tag);
  number = bits >> 3;
  kind = bits & 7;
  return number != 0;
}

bool Reader::read_value(std::uint32_t kind, Field& field) {
  field.kind = static_cast<Kind>(kind);
  field.bytes = {};
  field.value = 0;
  switch (kind) {
    case static_cast<std::uint32_t>(Kind::kVarint):
      return take_varint(rest_, field.value);
    case static_cast<std::uint32_t>(Kind::kFixed64):
      return take_fixed(8, field.value);
    case static_cast<std::uint32_t>(Kind::kFixed32):
      return take_fixed(4, field.value);
    case static_cast<std::uint32_t>(Kind::kBytes): {
      std::uint64_t size = 0;
      if (!take(rest_, kTagBytes, size) || size > rest_.size()) return false;
      field.bytes = rest_.substr(0, static_cast<std::size_t>(size));
      rest_.remove_prefix(static_cast<std::size_t>(size));
      return true;
    }
    default:
      return false;
  }
}

bool Reader::skip_group(std::uint32_t number, int depth) {
  std::uint32_t inner = 0, kind = 0;
  Field ignored;
  while (depth < kMaxDepth && read_tag(inner, kind)) {
    if (kind == kGroupEnd) return inner == number;
    if (kind == kGroupBegin ? !skip_group(inner, depth + 1) : !read_value(kind, ignored)) return false;
  }
  return false;
}

bool Reader::next(Field& field) {
  std::uint32_t kind = 0;
  while (!broken_ && !rest_.empty()) {
    if (!read_tag(field.number, kind)) {
      broken_ = true;
    } else if (kind == kGroupBegin) {
      broken_ = !skip_group(field.number, 0);
    } else {
      broken_ = !read_value(kind, field);
      return !broken_;
    }
  }
  return false;
}

void Writer::add_varint(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<char>((value & 0x7F) | 0x80));
  bytes_.push_back(static_cast<char>(value));
}

void Writer::add_integer(std::uint32_t number, std::int64_t value) {
  add_varint(static_cast<std::uint64_t>(number) << 3 | static_cast<std::uint64_t>(Kind::kVarint));
  add_varint(static_cast<std::uint64_t>(value));
}

void Writer::add_float(std::uint32_t number, float value) {
  add_varint(static_cast<std::uint64_t>(number) << 3 | static_cast<std::uint64_t>(Kind::kFixed32));
  const auto bits = std::bit_cast<std::uint32_t>(value);
  for (int shift = 0; shift < 32; shift += 8) bytes_.push_back(static_cast<char>(bits >> shift & 0xFF));
}

void Writer::add_bytes(std::uint32_t number, std::string_view bytes) {
  add_varint(static_cast<std::uint64_t>(number) << 3 | static_cast<std::uint64_t>(Kind::kBytes));
  add_varint(bytes.size());
  bytes_.append(bytes);
}

}  // namespace framegen::wire
