// import_video.hpp: a film of the presenter → an avatar: its frames at 25 a second, a face box for each.
#pragma once

#include "avatar/manifest.hpp"
#include "core/log.hpp"
#include "framegen/import.hpp"

namespace framegen {

// `manifest`: name, licence and the family's arithmetic; frames, boxes and networks are filled in. Errors:
// kBadInput naming the film, the boxes' file or the frame; kBadUse, kBadOutput, kCancelled.
Status import_video(const ImportJob& job, Manifest manifest, const Log& log);

}  // namespace framegen
