// shipped_files.cpp: finds the default avatar and the demo's speech.
#include "shipped_files.hpp"

#include "core/platform.hpp"

namespace framegen::app {

std::filesystem::path own_program() {
  const auto path = platform::own_program();
  return path.empty() ? "framegen" : path;  // else the one in PATH
}

std::vector<std::filesystem::path> share_folders() {
  const auto prefix = own_program().parent_path().parent_path();
#ifdef FRAMEGEN_SHARE_FOLDER
  return {prefix / "share/framegen", FRAMEGEN_SHARE_FOLDER, FRAMEGEN_SOURCE_FOLDER "/assets"};
#else
  return {prefix / "share/framegen"};
#endif
}

std::optional<std::filesystem::path> shipped_file(const std::filesystem::path& name) {
  for (const std::filesystem::path& folder : share_folders()) {
    std::error_code ignored;
    if (std::filesystem::exists(folder / name, ignored)) return folder / name;
  }
  return std::nullopt;
}

}  // namespace framegen::app
