// journal.hpp: which outputs of a batch are whole: a line each, written when the output is.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>

#include "framegen/result.hpp"

namespace framegen {

struct JournalEntry {
  std::string output;  // relative to the batch's folder
  std::string inputs;  // SHA-256 of what it is made from
  std::string sha256;  // of its bytes
  std::int64_t frames = 0;
};

// What the journals of a folder (every *.jsonl in it) say, by output; one of its lines suffices as a proof. A
// torn or strange line is passed over: its job is rendered again.
using JournalEntries = std::multimap<std::string, JournalEntry>;
JournalEntries read_journals(const std::filesystem::path& folder);

// Appends. Many threads may share one.
class Journal {
 public:
  // `fresh`: begins anew. Errors: kBadOutput.
  static Result<Journal> open(const std::filesystem::path& file, bool fresh);
  Journal(Journal&& other) noexcept : file_(std::move(other.file_)), fd_(other.fd_) { other.fd_ = -1; }
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  ~Journal();
  // On the disk when it returns. Errors: kBadOutput.
  Status add(const JournalEntry& entry);

 private:
  Journal(std::filesystem::path file, int fd) : file_(std::move(file)), fd_(fd) {}
  std::filesystem::path file_;
  int fd_ = -1;
  std::mutex mutex_;
};

}  // namespace framegen
