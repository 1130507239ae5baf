// manifest_json.hpp: Manifest → JSON, and the keys of a file that we do not know.
#pragma once

#include <string>
#include <vector>

#include "avatar/manifest.hpp"
#include "avatar/manifest_reader.hpp"

namespace framegen {

// All that a Manifest says, without Manifest::unknown.
Json known_json(const Manifest& manifest);
// What stands in `file` under keys that `known` does not have, at any depth: objects in objects.
Json unknown_keys(const Json& file, const Json& known);
// Where unknown_keys found them: "image.colour".
std::vector<std::string> key_paths(const Json& unknown, const Json& known);

}  // namespace framegen
