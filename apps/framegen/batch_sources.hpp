// batch_sources.hpp: what framegen batch is given: a list, the standard input, a folder, or files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "framegen/result.hpp"

namespace framegen::app {

// A job list's text, as parse_batch_list() takes it.
struct BatchText {
  std::string text;
  std::filesystem::path name;  // relative names in it begin in this file's folder
};

// One word is a list, "-", a folder (its sound files, by name) or a sound file; several are files. Errors:
// kBadInput.
Result<BatchText> batch_text(const std::vector<std::string>& words);

}  // namespace framegen::app
