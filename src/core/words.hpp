// words.hpp: one table for each face (command line, C, JSON) between the C++ API's names and its own.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "framegen/result.hpp"

namespace framegen {

struct Word {
  std::string_view name;  // as errors of the library say it; longer names before those that they begin with
  std::string_view said;
};

inline void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

inline Error in_words(Error error, std::span<const Word> words) {
  for (const Word& word : words)
    for (std::string* text : {&error.where, &error.what, &error.remedy})
      replace_all(*text, word.name, word.said);
  return error;
}

}  // namespace framegen
