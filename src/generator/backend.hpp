// backend.hpp: a way of running the generator (docs/architecture.md): image [6,320,320] + audio window →
// face.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "framegen/image.hpp"
#include "framegen/result.hpp"

namespace framegen {

// The generator's shapes as the avatar's manifest gives them.
struct GeneratorShape {
  int image_size = 320;            // pixels; the network sees image_size × image_size
  Rectangle mask{5, 5, 310, 305};  // blanked in the masked half (docs/reference.md §5)
  bool masked_first = false;       // channel order: real, masked (SyncTalk_2D) or masked, real (Wav2Lip)
  std::array<int, 3> audio_window{32, 16, 16};
  std::string image_tensor = "input";
  std::string audio_tensor = "audio";
  std::string output_tensor = "output";
};

// What the generator sees of a template frame: image_size × image_size pixels, BGR. Borrowed.
struct ImageInput {
  ImageView inner;  // the crop's inner part
  ImageView
      masked;  // its masked copy where the avatar brings one (docs/reference.md §8); empty: `inner`, blanked

  ImageInput() = default;
  template <std::convertible_to<ImageView> Picture>
  ImageInput(const Picture& real, ImageView blanked = {})  // NOLINT(google-explicit-constructor)
      : inner(real), masked(blanked) {}
};

// A picture that is no template frame, or none that is seen again: nothing is kept of it.
inline constexpr int kKeptNowhere = -1;

// One face to make. All views are borrowed for the call.
struct GeneratorJob {
  // Key under which a backend may keep the image part: one number always means the same picture.
  int template_frame = kKeptNowhere;
  ImageInput image;
  std::span<const float> audio_window;  // 32·16·16 values
  MutableImageView face;    // image_size × image_size, BGR, truncated to 8 bits (docs/reference.md §7)
  std::span<float> output;  // empty, or 3·image_size² values: the network's output [3,H,W] before truncation
  bool seen_again = true;   // another face will be made of this template frame: keeping can pay
};

// What became of a template frame's part that was to be written to the disk.
enum class PartOnDisk : std::uint8_t { kNotKept, kWasThere, kWritten, kNoRoom };

// One worker's way in, with its own scratch memory. One thread at a time.
class GeneratorWorker {
 public:
  virtual ~GeneratorWorker() = default;
  // Makes all faces, in any order inside; allocates nothing in our own code after the first call of a batch
  // size.
  virtual Status run(std::span<const GeneratorJob> jobs) = 0;
  // Writes what a face on this template frame needs of it to the disk, where a backend keeps such a thing.
  virtual Result<PartOnDisk> prepare([[maybe_unused]] int template_frame,
                                     [[maybe_unused]] const ImageInput& image) {
    return PartOnDisk::kNotKept;
  }
};

// What a backend needs, where it knows: zeros elsewhere.
struct GeneratorMemory {
  std::uint64_t weight_bytes = 0;   // once
  std::uint64_t working_bytes = 0;  // per worker
  std::uint64_t kept_bytes = 0;     // per template frame
};

// How faces came by the image part of their template frame, where a backend has such a thing.
struct PartCounts {
  std::uint64_t in_memory = 0, from_disk = 0, computed = 0;  // kept ones
  std::uint64_t at_once = 0;                                 // not kept: both parts were run as one
};

// Weights and shared state; outlives its workers; make_worker may be called from any thread.
class GeneratorBackend {
 public:
  virtual ~GeneratorBackend() = default;
  virtual std::string name() const = 0;                          // "onnxruntime/session-pool", "native/avx3"
  virtual std::string_view precision() const { return "fp32"; }  // or "bf16", "int8", "fp16"
  virtual std::string note() const {
    return {};
  }  // what its user should know, in one sentence; often nothing
  // Makes a worker to look at: for reports, not for every frame.
  virtual GeneratorMemory memory() const { return {}; }
  virtual PartCounts part_counts() const { return {}; }
  // A face on a template frame costs less once it was seen.
  virtual bool keeps_image_parts() const { return false; }
  virtual int workers() const = 0;  // how many workers (threads) make best use of what was asked for
  virtual int batch() const = 0;    // how many jobs a worker should be given at once
  virtual Result<std::unique_ptr<GeneratorWorker>> make_worker() = 0;
  // A face on this template frame will be wanted soon. Never waits.
  virtual void soon([[maybe_unused]] int template_frame) {}
  // What its workers have prepared is found by those who open the avatar from now on. Errors: kBadOutput.
  virtual Status publish_prepared() { return {}; }
};

}  // namespace framegen
