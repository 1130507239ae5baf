// network.hpp: an ONNX file as facts: tensors, operators, what the passes make of it.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "framegen/result.hpp"

namespace framegen::app {

// Errors: kBadAvatar (not a readable network).
Result<nlohmann::ordered_json> inspect_network(const std::filesystem::path& file, bool with_passes);

}  // namespace framegen::app
