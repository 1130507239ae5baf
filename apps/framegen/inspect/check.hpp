// check.hpp: framegen inspect --check: what an import got wrong, as facts and advice.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "framegen/result.hpp"

namespace framegen::app {

// Renders ten frames in silence. Errors: the avatar's.
Result<nlohmann::ordered_json> check_avatar_folder(const std::filesystem::path& folder);

}  // namespace framegen::app
