// words_of.cpp: one pass over the characters.
#include "words_of.hpp"

#include <string_view>

namespace framegen::voice {

Result<std::vector<std::string>> words_of(const std::string& command) {
  std::vector<std::string> words;
  bool in_word = false;
  char quote = '\0';
  for (std::size_t i = 0; i < command.size(); ++i) {
    const char c = command[i];
    if (quote == '\0' && std::string_view(" \t\n").find(c) != std::string_view::npos) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    const char next = i + 1 < command.size() ? command[i + 1] : '\0';
    if (quote != '\0' && c == quote) {
      quote = '\0';
    } else if (quote == '\0' && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == '\\' && next != '\0' &&
               (quote == '\0' || (quote == '"' && (next == '"' || next == '\\')))) {
      words.back() += next;
      ++i;
    } else {
      words.back() += c;
    }
  }
  if (quote != '\0')
    return Error{ErrorCode::kBadUse, "--tts", std::string("a ") + quote + " is not closed in: " + command,
                 "close it"};
  if (words.empty() || words.front().empty())
    return Error{ErrorCode::kBadUse, "--tts", "names no command",
                 "give one, such as 'piper --model M --output-raw'"};
  return words;
}

}  // namespace framegen::voice
