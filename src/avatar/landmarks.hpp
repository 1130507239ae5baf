// landmarks.hpp: a SyncTalk_2D landmarks file → the face box of its frame (docs/reference.md §5).
#pragma once

#include <string>
#include <string_view>

#include "framegen/image.hpp"
#include "framegen/result.hpp"

namespace framegen {

// `name` stands in errors. The box is square and uncut; it begins inside a frame of width × height. Errors:
// kBadInput (too few points, a point that is no pair of finite numbers, a box over the left or top edge,
// outside or empty).
Result<Rectangle> landmarks_box(std::string_view text, const std::string& name, int width, int height);

}  // namespace framegen
