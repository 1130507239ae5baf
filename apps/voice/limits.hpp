// limits.hpp: what all voices wait for and take.
#pragma once

#include <chrono>
#include <cstddef>

namespace framegen::voice {

inline constexpr int kLookMs = 50;                    // how often `stop` is looked at
inline constexpr std::chrono::seconds kPatience{60};  // without a byte: models take a while to load
inline constexpr std::size_t kLongestVoice = 200;     // of a voice's name, in bytes
inline constexpr int kLowestRateHz = 8000, kHighestRateHz = 192000;

}  // namespace framegen::voice
