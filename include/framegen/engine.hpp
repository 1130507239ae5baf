// engine.hpp: the threads and the way of computing that avatars and sessions share.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "framegen/export.hpp"
#include "framegen/result.hpp"
#include "framegen/sandbox.hpp"

namespace framegen {

enum class Backend {
  kAuto,
  kOnnxRuntime,
  kNative
};  // kAuto: native where it can run the network, else ONNX Runtime

// How ONNX Runtime is used (backend kOnnxRuntime alone): the four ways of the report (docs/architecture.md).
enum class Mode {
  kSequential,    // one session, all cores inside it
  kMutex,         // one session, callers wait in line
  kSessionPool,   // one session of one thread per core, batches of 15
  kSharedSession  // one session of one thread, called by all cores at once
};

// What computes under ONNX Runtime. Which of them can be had depends on that library, the machine and its
// drivers (docs/gpu.md); one that cannot is kBadUse, with what is missing. kAuto: the fastest of those that
// make the CPU's faces within one level, where it is faster than the native backend; found by a trial of
// seconds, which the avatar's cache/ folder remembers.
enum class Provider { kCpu, kCuda, kCoreMl, kWebGpu, kTensorRt, kOpenVino, kDirectMl, kAuto };
// As the command line and reports call it: "webgpu".
FRAMEGEN_EXPORT std::string_view to_string(Provider provider);
// Errors: kBadUse, with all names.
FRAMEGEN_EXPORT Result<Provider> provider_named(std::string_view name);
FRAMEGEN_EXPORT std::vector<std::string> all_provider_names();
enum class Precision {
  kFp32,
  kBf16,
  kInt8,
  kAuto,  // the fastest of them whose faces were measured to be like fp32's
  kFp16   // of a GPU
};

// What the generator makes of a template frame alone may be kept for the next face on it.
enum class ImageParts {
  kWhatPays,  // of frames that are known to be seen again, as many as the memory budget holds
  kKeep,      // of all, the least recently used ones dropped beyond the budget
  kOnce       // of none: the whole network is run for every face
};

inline constexpr int kMostThreads = 1024;

struct EngineOptions {
  int threads = 0;                     // 1 … 1024; 0: one per core. Default 0
  Backend backend = Backend::kAuto;    // default kAuto
  Mode mode = Mode::kSharedSession;    // default kSharedSession
  Provider provider = Provider::kCpu;  // default kCpu
  // Of the native backend but for kFp16. kBf16: products of numbers rounded to bfloat16, where the CPU has
  // instructions for it, else fp32. kInt8: products of bytes, where the CPU has instructions for it, else
  // bf16, else fp32; the avatar needs a calibration (framegen/calibrate.hpp), else kBadAvatar. kAuto: for
  // each avatar the fastest that the CPU has instructions for and whose likeness, which calibrate() wrote, is
  // SSIM 0.995 or more; fp32 where nothing is known. AvatarInfo::precision says which it is. kFp16: of a
  // provider other than the CPU alone, float16 on the device; with Provider::kAuto fp32 where no device is
  // taken. Default kFp32
  Precision precision = Precision::kFp32;
  // Native backend alone: all threads share the rows of one face instead of making a face each: fewer frames
  // a second, but each is there sooner. Default false
  bool low_latency = false;
  int batch = 0;  // faces per call, 1 … 64; 0: what suits the mode. Default 0
  // For prepared template frames and image parts: the more there is, the less is calculated per frame. The
  // last bit of a pixel may depend on what fits. 0: a quarter of the memory. Default 0
  std::uint64_t memory_budget_bytes = 0;
  std::string cpu;  // no better instruction set, in the whole process: scalar, sse4, avx2, avx3, amx, neon.
                    // Default: the best
  // Native backend alone. One choice gives the same bytes for any threads; between two of them no pixel
  // differs by more than 1 in fp32. Default kWhatPays
  ImageParts image_parts = ImageParts::kWhatPays;
  bool keep_image_parts_on_disk = true;  // in the avatar's cache/ folder, where it is writable. Default true
  // Read by mapping the files instead of copying them: sooner (by a copy of 20 MB a template frame at half
  // width), and shared by a machine's processes. Who cuts such a file while it is in use then ends the
  // process (SIGBUS); copied, the part is computed again. Default false
  bool map_image_parts = false;
  // For that folder, beside what was prepared (framegen/prepare.hpp): a loop that does not fit is not
  // written. Default 2 GiB
  std::uint64_t disk_budget_bytes = std::uint64_t{2} << 30;
  // Strangers' sound is decoded in it (framegen/sandbox.hpp). Default: none, it is decoded in this process
  std::shared_ptr<Sandbox> sandbox;
  std::function<void(std::string_view)> on_warning;  // called from any thread; empty: warnings are dropped
};

// Worker threads, shared by all avatars and sessions made with it; one per process is enough. Movable. The
// threads end with the last of engine, avatars and sessions: they may be destroyed in any order.
class FRAMEGEN_EXPORT Engine {
 public:
  // Errors: kBadUse (an option out of range), kInternal (no threads to be had).
  static Result<Engine> create(const EngineOptions& options = {});
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  ~Engine();
  const EngineOptions& options() const;  // with the defaults filled in

  struct Impl;
  const std::shared_ptr<Impl>& impl() const { return impl_; }

 private:
  explicit Engine(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace framegen
