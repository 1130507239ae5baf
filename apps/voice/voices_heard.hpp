// voices_heard.hpp: for tests: what a voice says, kept.
#pragma once

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "sound_head.hpp"
#include "voice.hpp"

namespace framegen::voice {

struct Heard {
  std::vector<std::int16_t> samples;
  int rate_hz = 0;
  Listener listener() {
    return [this](int rate, std::span<const std::int16_t> more) {
      rate_hz = rate;
      samples.insert(samples.end(), more.begin(), more.end());
      return Status();
    };
  }
};

inline const std::atomic<bool> kNever{false};

inline std::vector<std::int16_t> some_samples(std::size_t n) {
  std::vector<std::int16_t> samples(n);
  for (std::size_t i = 0; i < n; ++i) samples[i] = static_cast<std::int16_t>(i * 37);
  return samples;
}

inline std::string bytes_of(const std::vector<std::int16_t>& samples) {
  std::string bytes(2 * samples.size(), '\0');
  std::memcpy(bytes.data(), samples.data(), bytes.size());
  return bytes;
}

inline std::string wav_of(const std::vector<std::int16_t>& samples, int rate_hz = 24000) {
  return wav_header(rate_hz, 2 * samples.size()) + bytes_of(samples);
}

inline std::string contents(const std::string& file) {
  std::ifstream input(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(input), {}};
}

}  // namespace framegen::voice
