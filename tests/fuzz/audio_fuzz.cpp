// audio_fuzz.cpp: any bytes as a sound file: finite samples or an error in words, nothing else.
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "audio/speech_source.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr int kMostBlocks = 64;  // four seconds: a header may promise a year
  auto speech = framegen::SpeechSource::open(std::span(data, size), "fuzz");
  if (!speech) {
    if (speech.error().message().find("fuzz") == std::string::npos) std::abort();
    return 0;
  }
  std::array<float, 1000> block{};
  for (int i = 0; i < kMostBlocks; ++i) {
    const auto count = speech->read(block);
    if (!count || *count == 0) break;
    if (*count > block.size()) std::abort();
    for (std::size_t k = 0; k < *count; ++k)
      if (!std::isfinite(block[k])) std::abort();
  }
  return 0;
}
