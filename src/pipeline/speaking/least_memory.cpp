// least_memory.cpp: fitted to the least limits under which ava and full-width networks spoke, with one to
// four threads.
#include "pipeline/speaking/least_memory.hpp"

#include <fmt/format.h>

#include <system_error>

namespace framegen {
namespace {

constexpr std::uint64_t kProgram = 150'000'000;    // with its libraries, a picture's copies and the encoder's
constexpr std::uint64_t kEachThread = 14'000'000;  // beside what its network computes in

std::uint64_t size_of(const std::filesystem::path& file) {
  std::error_code failed;
  const auto size = std::filesystem::file_size(file, failed);
  return failed ? 0 : size;
}

}  // namespace

std::uint64_t least_memory_bytes(const NetworkBytes& files, int threads) {
  const std::uint64_t weights = (files.generator + files.audio_encoder) * 5 / 4;
  return kProgram + weights + static_cast<std::uint64_t>(threads) * (kEachThread + files.generator / 3);
}

Status check_memory(const std::filesystem::path& generator, const std::filesystem::path& audio_encoder,
                    int threads, std::uint64_t allowed_bytes) {
  const std::uint64_t least = least_memory_bytes({size_of(generator), size_of(audio_encoder)}, threads);
  if (allowed_bytes >= least) return {};
  return Error{ErrorCode::kBadUse, "memory",
               fmt::format("this process may use {} MB, this avatar needs about {} MB with {} threads",
                           allowed_bytes / 1'000'000, least / 1'000'000, threads),
               threads > 1 ? "allow it more, or use fewer --threads" : "allow it more"};
}

}  // namespace framegen
