// batch_list.hpp: job lists that are no file: typed, piped, or made from a folder.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "framegen/batch.hpp"

namespace framegen {

// The folder of the avatar that a line calls by name; empty: there is none of that name.
using FindAvatar = std::function<std::filesystem::path(const std::string& name)>;

// read_batch_list() of a text. `name` stands for its file: in errors, and relative names begin in its folder;
// its ending says what the text is (".csv"; ".jsonl", ".json"), and of another name the first line does:
// JSON, a header with "audio" in it, or else each line is the name of an audio file ("#": a remark).
// `find_avatar` is asked where the list's folder has no such avatar; empty: nobody is. Errors:
// read_batch_list()'s.
FRAMEGEN_EXPORT Result<BatchList> parse_batch_list(const std::string& text, const std::filesystem::path& name,
                                                   const BatchListOptions& options = {},
                                                   const FindAvatar& find_avatar = {});

}  // namespace framegen
