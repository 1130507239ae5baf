// boxes_file.hpp: face boxes that somebody else measured, from a CSV or JSON file (docs/import.md).
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "framegen/image.hpp"
#include "framegen/result.hpp"

namespace framegen {

// Boxes by frame, counted from 0, uncut.
//   CSV   a header that names the columns, in any order: frame (else a row per frame), and x,y,size or
//         x,y,width,height or x1,y1,x2,y2 (ends not included); without a header: x,y,size
//   JSON  [[x,y,size], [x,y,width,height], …], or {"0": [x,y,size], "1": {"rect": [x1,y1,x2,y2]}, …}, or
//   either
//         under "boxes": an avatar.json is one
// Numbers may have fractions; they are rounded. `name` stands in errors. Errors: kBadInput (line or JSON
// path; a number that is none or too large, an empty box, a frame twice, no box at all).
Result<std::map<int, Rectangle>> parse_boxes(std::string_view text, const std::string& name);
// Errors: as above, and those of reading.
Result<std::map<int, Rectangle>> read_boxes_file(const std::filesystem::path& file);

}  // namespace framegen
