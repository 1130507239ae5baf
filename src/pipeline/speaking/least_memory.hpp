// least_memory.hpp: how little memory a presenter speaks in; a process that is given less is told so, since
// the kernel ends it without a word.
#pragma once

#include <cstdint>
#include <filesystem>

#include "framegen/result.hpp"

namespace framegen {

struct NetworkBytes {
  std::uint64_t generator = 0, audio_encoder = 0;  // of the files
};

// Of a render to H.264, about: with less, as much as it can be given, it was ended (docs/farm.md).
std::uint64_t least_memory_bytes(const NetworkBytes& files, int threads);

// Errors: kBadUse, with both numbers, where `allowed_bytes` are fewer. Files that cannot be read ask for
// nothing here: who loads them says so.
Status check_memory(const std::filesystem::path& generator, const std::filesystem::path& audio_encoder,
                    int threads, std::uint64_t allowed_bytes);

}  // namespace framegen
