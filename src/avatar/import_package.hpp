// import_package.hpp: a pre-cut package → an avatar with Manifest::image.source kPrecut (docs/reference.md
// §8).
#pragma once

#include <filesystem>
#include <string>

#include "avatar/avatar_writer.hpp"
#include "core/log.hpp"
#include "framegen/result.hpp"
#include "sandbox/zygote.hpp"

namespace framegen {

// How a package's arithmetic stands in avatar.json:
//   full_body_img → frames    rois_320 → image.real    model_inputs → image.masked
//   cache/crop_rectangles.json → boxes
// The k-th picture of each folder and rectangle "k" (from 0) belong together, whether the numbering starts at
// 0.jpg or at 1.jpg. Output frame 1 shows the first frame (first_index 0). The face goes to the whole
// rectangle (crop = size).
struct PackageImport {
  std::filesystem::path package;
  std::filesystem::path generator;      // empty: models/generator.onnx of the package
  std::filesystem::path audio_encoder;  // empty: models/audio_encoder.onnx of the package
  std::filesystem::path avatar;         // the folder to make; appears when it is whole
  Manifest family = {};                 // the networks' arithmetic; default: SyncTalk_2D 328
  std::string name;                     // empty: the package's folder name
  std::string licence;
  std::string source;
  bool replace = false;
  Log log;
  ImportProgress progress;
  sandbox::Zygote* zygote = nullptr;  // whose children look at the pictures; null: decoded here
};

// Errors as import_synctalk's.
Status import_package(const PackageImport& request);

}  // namespace framegen
