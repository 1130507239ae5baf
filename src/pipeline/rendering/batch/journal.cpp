// journal.cpp: JSON lines, each written with one call, so that writers on one file do not mix.
#include "pipeline/rendering/batch/journal.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/files.hpp"

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

}  // namespace

JournalEntries read_journals(const std::filesystem::path& folder) {
  JournalEntries entries;
  std::error_code error;
  for (auto file = std::filesystem::directory_iterator(folder, error);
       !error && file != std::filesystem::directory_iterator(); file.increment(error)) {
    if (file->path().extension() != ".jsonl") continue;
    const auto text = read_text_file(file->path());
    if (!text) continue;
    std::string_view rest = *text;
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      JournalEntry entry;
      if (parse(line, entry)) entries.emplace(entry.output, entry);
    }
  }
  return entries;
}

Result<Journal> Journal::open(const std::filesystem::path& file, bool fresh) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | (fresh ? O_TRUNC : 0), 0644);
  if (fd < 0) return cannot_write(file);
  Journal journal(file, fd);
  // A line that a killed process left half-written is ended, so that the next one stands alone.
  struct stat info {};
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
