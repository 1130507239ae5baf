// wire.hpp: the wire format of protocol buffers, read and written field by field, without the protobuf
// library.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Why our own: a shared library that uses libprotobuf breaks in a program that carries another version of it
// (its symbols have no versions), and Debian's static one cannot be linked into a shared library. In tests
// protobuf itself is this code's truth.
namespace framegen::wire {

enum class Kind : std::uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

struct Field {
  std::uint32_t number = 0;
  Kind kind = Kind::kVarint;
  std::uint64_t value = 0;  // of every kind but kBytes
  std::string_view bytes;   // of kBytes: borrowed from what is read
};

// Reads a varint from the front of `bytes` and takes it off. False: cut short, or longer than ten bytes.
bool take_varint(std::string_view& bytes, std::uint64_t& value);

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  // False at the end, and where the bytes are no message: then broken() is true. Groups, an old kind that no
  // file of ours has, are stepped over.
  bool next(Field& field);
  bool broken() const { return broken_; }

 private:
  bool read_tag(std::uint32_t& number, std::uint32_t& kind);
  bool read_value(std::uint32_t kind, Field& field);
  bool skip_group(std::uint32_t number, int depth);
  bool take_fixed(std::size_t size, std::uint64_t& value);

  std::string_view rest_;
  bool broken_ = false;
};

// Each call appends one field.
class Writer {
 public:
  void add_integer(std::uint32_t number, std::int64_t value);
  void add_float(std::uint32_t number, float value);
  void add_bytes(std::uint32_t number, std::string_view bytes);  // text, or a message that is written already
  const std::string& bytes() const { return bytes_; }

 private:
  void add_varint(std::uint64_t value);

  std::string bytes_;
};

}  // namespace framegen::wire
