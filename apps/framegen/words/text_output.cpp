// text_output.cpp: through the file that appears when it is whole.
#include "words/text_output.hpp"

#include <cstdio>
#include <filesystem>

#include "core/files.hpp"

namespace framegen::app {

Status write_text(const std::string& where, const std::string& text) {
  if (where.empty()) return {};
  std::error_code ignored;
  const bool device =
      std::filesystem::exists(where, ignored) && !std::filesystem::is_regular_file(where, ignored);
  if (where != "-" && !device) return write_file(where, text);
  std::FILE* const out = where == "-" ? stdout : std::fopen(where.c_str(), "w");
  const bool written =
      out != nullptr && std::fwrite(text.data(), 1, text.size(), out) == text.size() && std::fflush(out) == 0;
  if (out != nullptr && out != stdout) std::fclose(out);
  if (written) return {};
  return Error{ErrorCode::kBadOutput, where == "-" ? "standard output" : where, "cannot be written",
               "see what reads it, or name a file"};
}

}  // namespace framegen::app
