// refusal.hpp: what an HTTP server says of its refusal, as words for an error's one line.
#pragma once

#include <string>

namespace framegen::voice {

// OpenAI's {"error":{"message":…}}, FastAPI's {"detail":…}, framegen's {"why":…}, or the body's first words;
// 200 bytes at most.
std::string words_of_refusal(const std::string& body);
// Wherever the secret stands there is "…".
void without(std::string& text, const std::string& secret);

}  // namespace framegen::voice
