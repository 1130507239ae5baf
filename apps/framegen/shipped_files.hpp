// shipped_files.hpp: what comes with the program, wherever it was put.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

namespace framegen::app {

// The file that runs; "framegen" where the system does not say.
std::filesystem::path own_program();

// Folders that may hold what comes with the program, the nearest first.
std::vector<std::filesystem::path> share_folders();

// `name` ("avatars/ava", "speech/demo.flac") where it exists: beside the program (../share/framegen), so that
// an installed tree can be moved; where it was configured to be installed; in the source tree.
std::optional<std::filesystem::path> shipped_file(const std::filesystem::path& name);

}  // namespace framegen::app
