// manifest_fuzz.cpp: any text as avatar.json: refused in words, or read and the same after writing it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "avatar/manifest.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto manifest = framegen::parse_manifest(text, "fuzz");
  if (!manifest) {
    if (manifest.error().code != framegen::ErrorCode::kBadAvatar || manifest.error().what.empty())
      std::abort();
    return 0;
  }
  const auto again = framegen::parse_manifest(framegen::to_json(*manifest), "again");
  if (!again || !(*again == *manifest)) std::abort();
  return 0;
}
