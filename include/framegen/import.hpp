// import.hpp: other people's files → an avatar's folder.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "framegen/export.hpp"
#include "framegen/result.hpp"

namespace framegen {

// What a generator was trained on, where a PyTorch checkpoint cannot say it: "ave" and "hubert" ones look the
// same.
enum class AudioFeatures {
  kFromDataset,  // aud_ave.npy or aud_hu.npy lies in the data set
  kAve,          // the audio encoder that avatars have
  kHubert        // refused: its features are not computed here
};

struct ImportJob {
  std::filesystem::path dataset;  // a SyncTalk_2D data set: full_body_img/<i>.jpg and landmarks/<i>.lms; or
  std::filesystem::path
      package;  // a pre-cut package: full_body_img/, rois_320/, cache/crop_rectangles.json, models/
  std::filesystem::path
      generator;  // ONNX or PyTorch's checkpoint, by its content; for a package: its own where empty
  std::filesystem::path audio_encoder;                         // likewise
  AudioFeatures audio_features = AudioFeatures::kFromDataset;  // of a generator's checkpoint
  std::string name;                                            // empty: the output folder's name
  std::string licence;                                         // of the pictures; empty: "unknown"
  std::filesystem::path output;                      // the avatar's folder, made whole or not at all
  bool replace = false;                              // an avatar that is already there
  std::function<bool(int done, int all)> progress;   // template frames; false cancels; may be empty
  std::function<void(std::string_view)> on_warning;  // may be empty
};

// Template frames are copied byte by byte, boxes computed as the reference does, both networks' shapes
// checked. Errors: kBadInput naming the file or frame (a box over the left or top edge is one), kBadAvatar (a
// network whose shapes do not fit), kBadOutput, kBadUse (neither or both of dataset and package; audio
// features that cannot be told), kCancelled.
FRAMEGEN_EXPORT Status import_avatar(const ImportJob& job);

}  // namespace framegen
