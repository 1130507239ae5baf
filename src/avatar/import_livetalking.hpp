// import_livetalking.hpp: a LiveTalking avatar's folder (Wav2Lip) → an avatar (docs/import.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "avatar/avatar_writer.hpp"
#include "framegen/result.hpp"
#include "sandbox/zygote.hpp"

namespace framegen {

//   full_imgs/00000000.png …   → frames, in the order of their numbers
//   coords.pkl                 → boxes: a pickled list of (y1, y2, x1, x2), ends not included
//   face_imgs/                 not read: the same pixels are cut from full_imgs with the same arithmetic
struct LivetalkingImport {
  std::filesystem::path folder;
  std::filesystem::path generator;
  std::filesystem::path audio_encoder;  // empty where manifest.audio.is_direct()
  std::filesystem::path avatar;         // the folder to make; appears when it is whole
  Manifest manifest;                    // name, licence, source and the family's arithmetic
  bool replace = false;
  ImportProgress progress;
  sandbox::Zygote* zygote = nullptr;  // whose children look at the pictures; null: decoded here
};

// Errors: as import_synctalk's.
Status import_livetalking(const LivetalkingImport& request);

// The boxes in a coords.pkl; nothing in it is executed. `name` stands in errors. Errors: kBadInput (no list
// of four whole numbers each, an empty box, whatever is wrong with the pickle).
Result<std::vector<Rectangle>> parse_coords(std::span<const std::uint8_t> pickle, const std::string& name);

}  // namespace framegen
