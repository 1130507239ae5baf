// shipped_files.cpp: finds the default avatar and the demo's speech.
#include "shipped_files.hpp"

#if defined(__APPLE__)
#include <mach-o/dyld.h>

#include <array>
#include <cstdint>
#endif

namespace framegen::app {

std::filesystem::path own_program() {
#if defined(__APPLE__)
  std::array<char, 4096> path{};
  std::uint32_t size = path.size();
  return ::_NSGetExecutablePath(path.data(), &size) == 0 ? path.data() : "framegen";
#else
  std::error_code failed;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", failed);
  return failed ? "framegen" : path;
#endif
}

std::vector<std::filesystem::path> share_folders() {
  const auto prefix = own_program().parent_path().parent_path();
  return {prefix / "share/framegen", FRAMEGEN_SHARE_FOLDER, FRAMEGEN_SOURCE_FOLDER "/assets"};
}

std::optional<std::filesystem::path> shipped_file(const std::filesystem::path& name) {
  for (const std::filesystem::path& folder : share_folders()) {
    std::error_code ignored;
    if (std::filesystem::exists(folder / name, ignored)) return folder / name;
  }
  return std::nullopt;
}

}  // namespace framegen::app
