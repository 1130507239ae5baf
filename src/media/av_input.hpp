// av_input.hpp: the bytes of a file or of memory as libavformat reads them; nothing else is ever opened.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "framegen/result.hpp"

struct AVIOContext;

namespace framegen {

// A stranger's file, open for reading; the descriptor is the caller's. Errors: kBadInput (missing, a folder,
// empty, unreadable).
Result<int> open_input(const std::filesystem::path& path);

// Owns libavformat's view of one file or one block of memory.
class AvInput {
 public:
  // A regular file, or a pipe (read once, from front to back). Errors: open_input()'s.
  static Result<AvInput> open(const std::filesystem::path& path);
  // Takes over a descriptor that open_input() gave. Errors: kInternal (no memory).
  static Result<AvInput> descriptor(int file);
  // `bytes` are borrowed and must outlive this object.
  static Result<AvInput> memory(std::span<const std::uint8_t> bytes);
  AvInput(AvInput&&) noexcept;
  AvInput& operator=(AvInput&&) noexcept;
  ~AvInput();

  AVIOContext* context() const;

 private:
  struct Impl;
  explicit AvInput(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace framegen
