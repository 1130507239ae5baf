// output_stream.hpp: bytes one after another into a file, a pipe or the standard output.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/files.hpp"

namespace framegen {

// A regular file appears under its name at close(); a pipe or device is written to directly. Never changes
// the program's signal handling: SIGPIPE is held off in the writing thread, for the time of the write only.
class OutputStream {
 public:
  // "-" is the standard output. Errors: kBadOutput.
  static Result<OutputStream> open(const std::string& path);
  OutputStream(OutputStream&& other) noexcept;
  OutputStream& operator=(OutputStream&& other) noexcept;
  ~OutputStream();

  // All of it, however often the system takes only a part. Errors: kBadOutput (disk full, pipe closed).
  Status write(std::span<const std::uint8_t> bytes);
  // Errors: kBadOutput.
  Status close();
  const std::string& name() const { return name_; }

 private:
  OutputStream() = default;
  Error failed(int error_number) const;

  std::string name_;
  std::optional<PartialFile> partial_;
  int fd_ = -1;
  bool owned_ = false;  // false: the standard output, which stays open
};

}  // namespace framegen
