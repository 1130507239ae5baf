// manifest.hpp: avatar.json, the description of an avatar, as a struct (docs/avatar.md).
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/interpolation.hpp"
#include "core/log.hpp"
#include "framegen/image.hpp"
#include "framegen/result.hpp"

namespace framegen {

enum class ImageOrder { kRealMasked, kMaskedReal };  // "real_masked", "masked_real"

// Where the generator's image input comes from.
enum class ImageSource {
  kTemplate,  // "template": cut from the template frame (docs/reference.md §5)
  kPrecut     // "precut": a pair of pictures per template frame, files `real` and `masked` (docs/reference.md
              // §8)
};

struct ImageSpec {
  int size = 320;
  int crop = 328;
  int inset = 4;
  Rectangle mask{5, 5, 310, 305};  // in the file: first and last column and row, [5,5,314,309]
  ImageOrder order = ImageOrder::kRealMasked;
  Interpolation resize = Interpolation::kCubic;
  Interpolation paste = Interpolation::kCubic;
  ImageSource source = ImageSource::kTemplate;  // optional in the file
  std::vector<std::string> real;                // kPrecut only: size × size pixels, one per frame
  std::vector<std::string> masked;

  bool operator==(const ImageSpec&) const = default;
};

inline constexpr std::string_view kMelFeatures = "mel80";  // mel window → audio encoder → feature
inline constexpr std::string_view kDirectFeatures =
    "mel80_direct";  // the feature is the mel window (Wav2Lip)

inline constexpr std::string_view kHubertFeatures = "hubert";  // waveform → network → two vectors per frame

struct AudioSpec {
  std::string features{kMelFeatures};
  int first = -8;  // frame i sees features i+first … i+last
  int last = 7;
  std::array<int, 3> shape{32, 16, 16};  // what the window is reshaped to
  bool is_direct() const { return features == kDirectFeatures; }

  bool operator==(const AudioSpec&) const = default;
};

// The networks' own names of their inputs and outputs. In the file: generator {image, audio, face},
// audio_encoder {mel, feature}.
struct TensorNames {
  std::string image = "input";
  std::string audio = "audio";
  std::string output = "output";  // "face" in the file
  std::string mel = "mel";
  std::string feature = "emb";

  bool operator==(const TensorNames&) const = default;
};

struct ModelFile {
  std::string file;
  std::string sha256;  // 64 lower-case hex digits; empty: any file will do (networks made at first use)

  bool operator==(const ModelFile&) const = default;
};

// All file names are relative to the avatar's folder and stay inside it.
struct Manifest {
  int version = 1;
  std::string name;
  std::string licence;
  std::string source;  // where the presenter comes from
  double fps = 25;
  int width = 0;
  int height = 0;
  std::vector<std::string> frames;
  // One per frame, uncut: x, y ≥ 0 and inside the frame, the right and bottom edge may lie outside. In the
  // file [x,y,side], or [x,y,width,height] where it is not square.
  std::vector<Rectangle> boxes;
  std::optional<std::pair<int, int>> idle;  // first and last frame with a closed mouth
  ModelFile generator;
  ModelFile audio_encoder;  // kDirectFeatures: none
  ImageSpec image;
  AudioSpec audio;
  TensorNames tensors;
  // The frame of the template loop that the first output frame shows: 1 in docs/reference.md §4, 0 in §8.
  int first_index = 1;
  bool turns_twice = false;  // the loop's first and last frame are shown twice at its turns (LiveTalking)
  std::string unknown;  // keys of the file that we do not know, as a JSON object: kept when it is rewritten

  bool operator==(const Manifest&) const = default;
};

// `name` stands in errors and warnings. Unknown keys are warned of. Errors: kBadAvatar, with the JSON path.
Result<Manifest> parse_manifest(std::string_view text, const std::string& name, const Log& log = {});
Result<Manifest> read_manifest(const std::filesystem::path& file, const Log& log = {});

std::string to_json(const Manifest& manifest);
// Only what parse_manifest would take is written. Errors: kBadAvatar, kBadOutput.
Status write_manifest(const std::filesystem::path& file, const Manifest& manifest);

}  // namespace framegen
