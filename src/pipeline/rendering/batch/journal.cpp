// journal.cpp: JSON lines, each written with one call, so that writers on one file do not mix.
#include "pipeline/rendering/batch/journal.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

namespace framegen {
namespace {

Error cannot_write(const std::filesystem::path& file) {
  return {ErrorCode::kBadOutput, file.string(), std::string("cannot be written: ") + std::strerror(errno),
          "check that the folder is writable and has free space"};
}

bool parse(std::string_view line, JournalEntry& entry) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object()) return false;
  for (const char* key : {"output", "inputs", "sha256"})
    if (!json.contains(key) || !json[key].is_string()) return false;
  if (!json.contains("frames") || !json["frames"].is_number_integer()) return false;
  entry = {json["output"].get<std::string>(), json["inputs"].get<std::string>(),
           json["sha256"].get<std::string>(), json["frames"].get<std::int64_t>()};
  return true;
}

Status write_line(int fd, const std::filesystem::path& file, std::string_view line) {
  while (!line.empty()) {
    const ssize_t put = ::write(fd, line.data(), line.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return cannot_write(file);
    line.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

// Line by line, however long it is: a farm's journal may have millions.
void read_lines(const std::filesystem::path& path, JournalEntries& entries) {
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    JournalEntry entry;
    if (parse(line, entry)) entries.emplace(entry.output, entry);
  }
}

}  // namespace

JournalEntries read_journals(const std::filesystem::path& folder) {
  JournalEntries entries;
  std::error_code error;
  for (auto file = std::filesystem::directory_iterator(folder, error);
       !error && file != std::filesystem::directory_iterator(); file.increment(error)) {
    if (file->path().extension() != ".jsonl" || !file->is_regular_file(error)) continue;
    read_lines(file->path(), entries);
  }
  return entries;
}

Result<Journal> Journal::open(const std::filesystem::path& file, bool fresh) {
  // Through no link: the file at its end may be anybody's. What is no file is not emptied.
  const int fd =
      ::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);
  if (fd < 0 && errno == ELOOP)
    return Error{ErrorCode::kBadOutput, file.string(), "is a link, and a journal is not written through one",
                 "remove it, or give another --journal"};
  if (fd < 0) return cannot_write(file);
  Journal journal(file, fd);
  struct stat info {};
  if (::fstat(fd, &info) == 0 && !S_ISREG(info.st_mode))
    return Error{ErrorCode::kBadOutput, file.string(), "is no file", "remove it, or give another --journal"};
  if (fresh && ::ftruncate(fd, 0) != 0) return cannot_write(file);
  // A line that a killed process left half-written is ended, so that the next one stands alone.
  char last = '\n';
  if (::fstat(fd, &info) == 0 && info.st_size > 0 && ::pread(fd, &last, 1, info.st_size - 1) == 1 &&
      last != '\n')
    FRAMEGEN_TRY(write_line(fd, file, "\n"));
  return journal;
}

Journal::~Journal() {
  if (fd_ >= 0) ::close(fd_);
}

Status Journal::add(const JournalEntry& entry) {
  const nlohmann::ordered_json json = {
      {"output", entry.output}, {"inputs", entry.inputs}, {"sha256", entry.sha256}, {"frames", entry.frames}};
  const std::string line = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  const std::lock_guard lock(mutex_);
  FRAMEGEN_TRY(write_line(fd_, file_, line));
  if (::fsync(fd_) != 0 && errno != EINVAL && errno != ENOTSUP) return cannot_write(file_);
  return {};
}

}  // namespace framegen
