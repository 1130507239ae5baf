// numbered_files.cpp: the files 0.jpg, 1.jpg, … of a folder, without a gap.
#include "avatar/numbered_files.hpp"

#include <set>

namespace framegen {

Result<std::vector<std::string>> numbered_files(const std::filesystem::path& folder, int first,
                                                const std::string& extension) {
  std::set<std::string> there;
  std::error_code error;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    there.insert(it->path().filename().string());
  if (error)
    return Error{ErrorCode::kBadInput, folder.string(), "cannot be read: " + error.message(),
                 "give the folder above it"};
  if (there.empty())
    return Error{ErrorCode::kBadInput, folder.string(), "is empty", "put the pictures of all frames there"};
  std::vector<std::string> names;
  for (std::size_t i = 0; i < there.size(); ++i)
    names.push_back(std::to_string(first + static_cast<int>(i)) + extension);
  // Of a gap both are true: a number is missing, and the highest one is too high. A stranger's file is the
  // clearer word.
  const std::set<std::string> wanted(names.begin(), names.end());
  for (const std::string& name : there) {
    const bool numbered = name.find_first_not_of("0123456789") == name.size() - extension.size() &&
                          name.size() > extension.size() && name.ends_with(extension);
    if (!numbered)
      return Error{ErrorCode::kBadInput, (folder / name).string(), "is no frame", "move it elsewhere"};
  }
  for (const std::string& name : names)
    if (!there.contains(name))
      return Error{ErrorCode::kBadInput, (folder / name).string(),
                   "is missing, though the folder has " + std::to_string(there.size()) + " files",
                   "number the frames from " + std::to_string(first) + " on without a gap"};
  return names;
}

}  // namespace framegen
