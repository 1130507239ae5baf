// prepare.hpp: computes once what the generator needs of a film's template frames, onto the disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "framegen/engine.hpp"
#include "framegen/export.hpp"
#include "framegen/result.hpp"

namespace framegen {

struct PrepareProgress {
  int done = 0, all = 0;              // template frames
  std::uint64_t bytes_per_frame = 0;  // on the disk
  double seconds_left = 0;            // measured; 0 before the first frame
};

struct PrepareOptions {
  // As those who will open the avatar: threads, precision, memory_budget_bytes, cpu and on_warning count.
  // What was prepared with one choice of them is not looked at with another.
  EngineOptions engine;
  // For all that lies in the avatar's cache/ folder. 0: half of what the disk has free. Default 0
  std::uint64_t disk_budget_bytes = 0;
  // False: stop; what was made stays, and the next call goes on from there. Called from one thread at a time,
  // before the first frame too. Default: none
  std::function<bool(const PrepareProgress&)> progress;
};

struct Prepared {
  int frames = 0, were_there = 0, written = 0;  // what is left of `frames` found no room
  std::uint64_t bytes_per_frame = 0;
};

// Writes the image part of each template frame of the avatar in `folder` into its cache/. Who opens the
// avatar afterwards reads them ahead of their use instead of computing them, for frames seen once too. Files
// that are cut, or of other weights, are written anew. A disk that fills is one warning: what is there is
// used. Errors: kBadAvatar (also where the native backend does not run the network), kBadUse, kBadOutput (the
// folder cannot be written), kCancelled.
FRAMEGEN_EXPORT Result<Prepared> prepare_avatar(const std::filesystem::path& folder,
                                                const PrepareOptions& options = {});

}  // namespace framegen
