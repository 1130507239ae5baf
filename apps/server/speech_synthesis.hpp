// speech_synthesis.hpp: text → speech through espeak-ng, where it is installed.
#pragma once

#include <atomic>
#include <string>

#include "framegen/result.hpp"

namespace framegen::server {

inline constexpr std::size_t kLongestText = 2000;  // bytes

bool speech_synthesis_is_there();
// A WAV file. `voice`: espeak-ng's name, letters, digits, - and + alone. Blocks for as long as it takes: 10
// ms a sentence, ten seconds at most, and not after `stop`. Errors: kBadUse (text empty or too long, a
// strange voice), kInternal (espeak-ng failed).
Result<std::string> synthesise(const std::string& text, const std::string& voice,
                               const std::atomic<bool>& stop);

}  // namespace framegen::server
