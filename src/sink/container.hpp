// container.hpp: which kind of video file a name asks for.
#pragma once

#include <filesystem>

#include "framegen/result.hpp"

namespace framegen {

enum class Container { kMp4, kMov, kMatroska };

// By the name's extension. Errors: kBadOutput (an extension of another kind, or none).
Result<Container> container_of(const std::filesystem::path& video);

// "-", which is Matroska, or "-.mp4", "-.mov", "-.mkv"; a file of such a name is "./-.mp4".
bool is_standard_output(const std::filesystem::path& video);

// libavformat's name.
const char* muxer_name(Container container);

}  // namespace framegen
