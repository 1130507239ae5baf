// calibrate.hpp: prepares an avatar for Precision::kInt8.
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
  std::shared_ptr<Sandbox> sandbox;                 // in which the speech is decoded. Default: none
  std::function<bool(int done, int all)> progress;  // false: stop. Default: none
};

// Renders faces of the avatar in `folder` with `speech` (any audio file, the more voices the better;
// some ten seconds are enough) and writes the ranges of the network's numbers to calibration.json beside its
// generator: some seconds at half width, most of a minute at full. An avatar that is opened already does not
// see it. Errors: kBadAvatar (also where the native backend does not run the network), kBadInput (the
// speech), kBadUse, kBadOutput (the folder cannot be written), kCancelled.
FRAMEGEN_EXPORT Status calibrate(const std::filesystem::path& folder, const std::filesystem::path& speech,
                                 const CalibrateOptions& options = {});

}  // namespace framegen
