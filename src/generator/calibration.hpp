// calibration.hpp: what --precision int8 must know of a generator's numbers, and how like fp32's its faces
// are in lower precisions: measured once on an avatar's own template frames and some speech, kept in
// calibration.json beside the generator.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "generator/backend.hpp"
#include "nn/native/split_network.hpp"

namespace framegen {

inline constexpr const char* kCalibrationFile = "calibration.json";

// SSIM of the face box against float32's (quality/metrics.hpp), the mean over some faces. None: nobody has
// measured it.
struct Likeness {
  int faces = 0;
  std::optional<double> bf16, int8;
};

// What calibration.json says.
struct Calibration {
  ChannelRanges ranges;              // without those of in_bf16
  std::vector<std::string> in_bf16;  // weights that were chosen to stay bf16
  bool whole_encoder = false;        // the audio encoder stays float32 in lower precisions too
  std::string ranges_sha256;         // of the file without its likeness, on which no face depends
  Likeness likeness;
};

// Runs the generator in float32, block by block, and watches. One thread at a time.
class Calibrator {
 public:
  // Errors: those of make_native_backend.
  static Result<Calibrator> create(const std::filesystem::path& model, const GeneratorShape& shape);
  // One face. Errors: kInternal (sizes, memory).
  Status see(const ImageInput& image, std::span<const float> audio_window);
  // What was seen, rounded as the file holds it.
  ChannelRanges ranges() const;
  // Whole or not at all. Errors: kBadOutput.
  Status save(const std::filesystem::path& file, const Likeness& likeness = {},
              std::span<const std::string> in_bf16 = {}, bool whole_encoder = false) const;

 private:
  Calibrator() = default;
  GeneratorShape shape_;
  std::string model_sha256_;
  std::shared_ptr<const SplitNetwork> network_;
  std::unique_ptr<SplitRunner> runner_;
  std::unique_ptr<ChannelRanges> ranges_ = std::make_unique<ChannelRanges>();
  AlignedBuffer<float> image_;
  std::vector<float> output_;
};

// Errors: kBadAvatar: there is no such file, it is none of ours, or it was measured with another generator.
Result<Calibration> load_calibration(const std::filesystem::path& file, const std::string& model_sha256);
// That of the generator in this file, from beside it. Errors: those of load_calibration, and kBadInput: the
// generator cannot be read.
Result<Calibration> calibration_of(const std::filesystem::path& generator);
// Into a calibration that load_calibration has read; all else in it stays. Errors: kBadAvatar, kBadOutput.
Status write_likeness(const std::filesystem::path& file, const Likeness& likeness);

}  // namespace framegen
