// precision_search.hpp: which layers stay bf16 so that int8 looks enough like float32.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "pipeline/importing/likeness.hpp"

namespace framegen {

// The steps that layers_in_bf16() tells, at most.
int search_steps(const ChannelRanges& ranges);

// Puts each layer alone into bf16, sees on some of the faces how much more like float32 they are then, and
// what it takes on this machine, and takes those that help most for their time until all faces together reach
// `least` (SSIM of the face box). Names of their weights, whose ranges are to be left out. None where int8 is
// like enough as it is. `made` after each step; its error ends it. Errors: kBadUse (even bf16 is less like),
// kBadAvatar, kInternal, and those of `made`.
Result<std::vector<std::string>> layers_in_bf16(const Speaker& speaker, const ChannelRanges& ranges,
                                                std::span<const ComparedFace> faces, double least,
                                                const std::function<Status()>& made);

}  // namespace framegen
