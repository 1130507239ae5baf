// avatars.hpp: avatars by name: where they are looked for.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "framegen/result.hpp"

namespace framegen::app {

// Folders that may hold avatars, first come first found: the current one, those of FRAMEGEN_AVATARS
// (separated by colons), ./avatars, and where the program's own are.
std::vector<std::filesystem::path> avatar_search_path();

// The folder of the avatar that is called so; none: there is no such.
std::optional<std::filesystem::path> avatar_named(const std::string& name);

// --avatar as given (a folder, or a name), else FRAMEGEN_AVATAR, else the default avatar. Errors: kBadAvatar.
Result<std::filesystem::path> avatar_folder(const std::string& given);

}  // namespace framegen::app
