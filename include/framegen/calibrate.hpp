// calibrate.hpp: prepares an avatar for Precision::kInt8 and kAuto.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "framegen/export.hpp"
#include "framegen/result.hpp"
#include "framegen/sandbox.hpp"

namespace framegen {

struct CalibrateOptions {
  int faces = 250;  // rendered and watched, spread over speech and template; 1 … 10,000. Default 250
  // Of them, rendered in every precision and compared with fp32's; 0: the likeness stays unknown, and
  // Precision::kAuto takes fp32. Default 40
  int likeness_faces = 40;
  // Not 0: which layers of int8 stay bf16 is searched for, as few as make those faces this much like fp32's
  // (SSIM), and written beside the ranges; where that is not enough the audio encoder stays fp32 too: some
  // seconds more at half width, a minute or two at full. 0.5 … 1; not with keep_ranges. Default 0: none does
  double least_likeness = 0;
  // Ranges that were measured before stay as they are, and what was prepared with them (prepare.hpp) stays
  // valid: the likeness alone is measured. Default false
  bool keep_ranges = false;
  std::shared_ptr<Sandbox> sandbox;  // in which the speech is decoded. Default: none
  // Faces watched and faces compared; false: stop. Default: none
  std::function<bool(int done, int all)> progress;
};

// Renders faces of the avatar in `folder` with `speech` (any audio file, the more voices the better;
// some ten seconds are enough) and writes the ranges of the network's numbers to calibration.json beside its
// generator, and how like fp32's its faces are in bf16 and in int8 (SSIM over the face box): some seconds at
// half width, most of a minute at full. The likeness is measured on every CPU, slower where it has no
// instructions for a precision. An avatar that is opened already does not see it. Errors: kBadAvatar (also
// where the native backend does not run the network, and with keep_ranges where there are none), kBadInput
// (the speech), kBadUse (also where even bf16 is less like than least_likeness), kBadOutput (the folder
// cannot be written), kCancelled.
FRAMEGEN_EXPORT Status calibrate(const std::filesystem::path& folder, const std::filesystem::path& speech,
                                 const CalibrateOptions& options = {});

}  // namespace framegen
