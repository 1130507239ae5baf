// words.hpp: how errors about a checkpoint are worded, and how a stranger's names are shown.
#pragma once

#include <string>
#include <string_view>

#include "framegen/result.hpp"

namespace framegen::checkpoint {

// In quotes, unprintable bytes as "?", cut after 80.
inline std::string in_quotes(std::string_view text) {
  constexpr std::size_t kLongest = 80;
  std::string shown = "'";
  for (const char c : text.substr(0, kLongest)) shown += c >= ' ' && c <= '~' ? c : '?';
  return shown + (text.size() > kLongest ? "…'" : "'");
}

inline Error checkpoint_error(const std::string& where, std::string what, std::string remedy) {
  return {ErrorCode::kBadInput, where, std::move(what), std::move(remedy)};
}

inline Error torn(const std::string& where, std::string what) {
  return checkpoint_error(where, std::move(what), "the file is cut short or damaged: copy it again");
}

// What a hostile or unusual file should have been.
inline constexpr const char* kSavePlain =
    "if the file is yours, save the weights alone: torch.save(model.state_dict(), \"weights.pth\"); if not, "
    "do not "
    "trust it";

}  // namespace framegen::checkpoint
