// numbered_files.hpp: the files 0.jpg, 1.jpg, … of a folder, without a gap.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "framegen/result.hpp"

namespace framegen {

// As many as the folder has files, numbered from `first` on. Errors: kBadInput (no folder, no file, a number
// that is missing, a file that is none of them), naming the file.
Result<std::vector<std::string>> numbered_files(const std::filesystem::path& folder, int first,
                                                const std::string& extension);

}  // namespace framegen
