// learn_box_cut.hpp: how an avatar's own boxes lie on its face, so that others' are cut as its generator
// learned.
#pragma once

#include <filesystem>

#include "pipeline/importing/faces/presenter_plan.hpp"

namespace framegen {

// From a few of its template frames; SyncTalk_2D's cut where no face is found in them. `networks`: as of
// FaceTracker. Errors: kBadAvatar.
Result<BoxCut> learn_box_cut(const std::filesystem::path& avatar, const std::filesystem::path& networks);

}  // namespace framegen
