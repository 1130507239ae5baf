// lines.hpp: a job list's lines as keys and values, in either of its two forms.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "framegen/result.hpp"

namespace framegen {

using BatchWords = std::map<std::string, std::string>;

struct BatchLine {
  std::int64_t number = 0;   // in the file, from 1
  Result<BatchWords> words;  // kBadInput: the line cannot be read
};

// Empty lines are left out. `path` tells the form: ".csv", ".jsonl" and ".json"; of another name the first
// line does: JSON, a header with "audio" in it, or else each line is the name of an audio file ("#": a
// remark). Errors: kBadInput (a CSV without a header, or whose header names one key twice; bytes that are no
// text).
Result<std::vector<BatchLine>> batch_lines(const std::filesystem::path& path, std::string_view text);

}  // namespace framegen
