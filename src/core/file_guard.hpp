// file_guard.hpp: no output is an input or another output, whatever name or link it comes by.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "framegen/result.hpp"

namespace framegen {

// A file or folder that a job reads or writes, and what its user calls it.
struct NamedFile {
  std::string name;            // "--report", "RenderJob::video"
  std::filesystem::path path;  // "-", "-.mp4": a standard stream; empty: none
};

// Where a write to `path` really ends: links are followed, a link to nothing too.
std::filesystem::path through_links(std::filesystem::path path);

// Two names are one file where they have one inode, or where they would be made at one place. A folder that
// is written takes the place of all that is in it: no input may lie there. A folder that is read (an avatar)
// keeps the files that it has: no output may be one of them. Devices are nobody's: many may share /dev/null.
// Errors: kBadUse, naming both.
Status check_outputs(std::span<const NamedFile> inputs, std::span<const NamedFile> outputs);

}  // namespace framegen
