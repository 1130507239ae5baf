// records.hpp: what a child says, in pieces of a kind and so many bytes; who reads them believes nothing.
#pragma once

#include <chrono>
#include <cstdint>

#include "core/log.hpp"
#include "framegen/result.hpp"
#include "sandbox/bytes.hpp"

namespace framegen::sandbox {

enum class RecordKind : std::uint32_t {
  kData = 1,  // what a job gives; of what shape is between it and who asked
  kWarning,   // a text
  kError,     // code, where, what, remedy
  kEnd,       // all was said
  kRefused,   // a system call's number: the child asked for what it may not, and was ended
  kDied       // a signal's number
};

// A job's end of the pipe. Its writes wait where nobody reads, and end the process where nobody ever will.
class RecordWriter {
 public:
  explicit RecordWriter(int descriptor) : descriptor_(descriptor) {}
  void write(RecordKind kind, std::span<const std::byte> bytes) const;
  // One kData, without copying what is large.
  void data_in_two(std::span<const std::byte> head, std::span<const std::byte> rest) const;
  void data(const BytesOut& bytes) const { write(RecordKind::kData, bytes.bytes()); }
  void warning(std::string_view text) const { write(RecordKind::kWarning, BytesOut().text(text).bytes()); }
  void error(const Error& error) const;
  void end() const { write(RecordKind::kEnd, {}); }

 private:
  int descriptor_;
};

struct Record {
  RecordKind kind{};
  Bytes bytes;
};

// The other end, which it owns.
class RecordReader {
 public:
  // Takes over the descriptor. `patience`: how long a child may compute without a word while somebody waits.
  RecordReader(int descriptor, std::size_t most_bytes, std::chrono::milliseconds patience);
  RecordReader(RecordReader&& other) noexcept;
  RecordReader& operator=(RecordReader&&) = delete;
  ~RecordReader();
  // The next one. Errors: kBadInput without a place (the child fell silent, broke off, or said more than
  // `most_bytes` at once).
  Result<Record> next();

 private:
  Status read_all(std::span<std::byte> into);
  int descriptor_;
  std::size_t most_bytes_;
  std::chrono::milliseconds patience_;
};

// What a child's last words mean to the user of the file `where`. Text of a child's is made plain and short.
Error error_of(const Record& record, const std::string& where);
// The next piece of data; nothing at the end. Warnings go to the log. Errors, naming `where`: what the child
// says, and how it died.
Result<std::optional<Record>> next_data(RecordReader& child, const std::string& where, const Log& log = {});

// Of a file whose child says what no job says.
Error nonsense(const std::string& where);

}  // namespace framegen::sandbox
