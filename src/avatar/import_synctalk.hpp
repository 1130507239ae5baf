// import_synctalk.hpp: a SyncTalk_2D dataset and two networks → an avatar (docs/reference.md §5).
#pragma once

#include <filesystem>
#include <string>

#include "avatar/avatar_writer.hpp"
#include "core/log.hpp"
#include "framegen/result.hpp"
#include "sandbox/zygote.hpp"

namespace framegen {

struct SynctalkImport {
  std::filesystem::path dataset;  // with full_body_img/<i>.jpg and landmarks/<i>.lms, i from 0
  std::filesystem::path generator;
  std::filesystem::path audio_encoder;  // empty where family.audio.is_direct()
  std::filesystem::path avatar;         // the folder to make; appears when it is whole
  Manifest family = {};                 // the networks' arithmetic; default: SyncTalk_2D 328
  std::string name;
  std::string licence;
  std::string source;
  bool replace = false;  // an avatar that is there already
  Log log;
  ImportProgress progress;
  sandbox::Zygote* zygote = nullptr;  // whose children look at the pictures; null: decoded here
};

// Every picture is decoded once, so that a broken one is found now; its bytes are copied untouched. Errors:
// kBadInput, naming the file (missing, extra, broken, of another size; a face box over the left or top edge),
// kBadOutput, kCancelled.
Status import_synctalk(const SynctalkImport& request);

}  // namespace framegen
