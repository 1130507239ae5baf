// import.hpp: other people's files → an avatar's folder.
#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "framegen/export.hpp"
#include "framegen/formats.hpp"
#include "framegen/image.hpp"
#include "framegen/result.hpp"
#include "framegen/sandbox.hpp"

namespace framegen {

// What a generator was trained on, where a PyTorch checkpoint cannot say it: "ave" and "hubert" ones look the
// same.
enum class AudioFeatures {
  kFromDataset,  // aud_ave.npy or aud_hu.npy lies in the data set
  kAve,          // the audio encoder that avatars have
  kHubert        // a network for HuBERT's features that the user brings as the audio encoder
};

// Where the face is in a film: found by framegen's own networks, or said by one of boxes, landmarks, box and
// landmark_model, in pixels of the film's own size (docs/import.md).
struct VideoFaces {
  std::filesystem::path
      networks;  // a folder with detector.onnx and mesh.onnx, as assets/face: finds the face
  int face = 0;  // of several that are found: 1 … the most prominent first; 0: that one
  bool skip_lost =
      false;  // leaves out frames in which the face cannot be used, wherever they lie in the film
  std::filesystem::path boxes;           // CSV or JSON: a box for each frame at 25 a second
  std::filesystem::path landmarks;       // a folder: 0.lms, 1.lms, … as SyncTalk_2D writes them
  std::optional<Rectangle> box;          // one for all frames; with landmark_model: where the face begins
  std::filesystem::path landmark_model;  // ONNX: a square picture [1,3,S,S] → points
  // The model's points that are left cheek, right cheek and nose bridge; none: by their number.
  std::optional<std::array<int, 3>> landmark_points;
  int smoothing = 0;  // frames over which boxes are averaged, 1 (none) … 250; 0: 5 with a network, else 1
};

struct ImportJob {
  std::filesystem::path livetalking;  // a LiveTalking avatar's folder: full_imgs/, coords.pkl; or
  std::filesystem::path video;        // a film of the presenter: its frames at 25 a second; or
  VideoFaces faces;                   // of the video
  // Of the video at 25 a second: first, and one after the last. None: all, or with faces.networks the
  // stillest stretch of at most 20 s in which the face can be used.
  std::optional<std::pair<int, int>> frames;
  // A new folder for the face in every frame of the video that can be used, with faces.networks: what a mouth
  // is learned from (docs/import.md). None: empty.
  std::filesystem::path crops;
  // An avatar whose networks a video gets where no generator is named, and as whose own its boxes are cut
  // then.
  std::filesystem::path base_avatar;
  PictureFormat video_frames =
      PictureFormat::kJpeg;       // as they are written: JPEG of quality 97, 4:4:4, or PNG
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
  std::shared_ptr<Sandbox> sandbox;                  // in which film and checkpoints are read. Default: none
  bool replace = false;                              // an avatar that is already there
  std::function<bool(int done, int all)> progress;   // template frames; false cancels; may be empty
  std::function<void(std::string_view)> on_warning;  // may be empty
  std::function<void(std::string_view)> on_note;     // what was found and chosen; may be empty
};

// Template frames are copied byte by byte, boxes computed as the reference does, both networks' shapes
// checked; which family of networks it is, and with it the arithmetic, is told by the generator's shapes
// (docs/import.md); a Wav2Lip generator needs no audio encoder. Errors: kBadInput naming the file or frame (a
// box over the left or top edge is one), kBadAvatar (a network whose shapes do not fit), kBadOutput, kBadUse
// (none or more than one of video, dataset, package and livetalking; audio features that cannot be told),
// kCancelled.
FRAMEGEN_EXPORT Status import_avatar(const ImportJob& job);

}  // namespace framegen
