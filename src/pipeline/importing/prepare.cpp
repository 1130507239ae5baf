// prepare.cpp: template frames shared by a few threads, each part onto the disk.
#include "framegen/prepare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

#include "core/guarded.hpp"
#include "pipeline/speaking/engine_impl.hpp"

namespace framegen {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kPublishEvery = 64;  // frames: what a killed process loses of its index

class Preparer {
 public:
  Preparer(const Speaker& speaker, const PrepareOptions& options, std::filesystem::path cache)
      : speaker_(speaker), options_(options), cache_(std::move(cache)) {
    prepared_.frames = static_cast<int>(speaker.bundle().manifest().frames.size());
    prepared_.bytes_per_frame = speaker.backend().memory().kept_bytes;
  }

  Result<Prepared> run(int threads) {
    if (prepared_.bytes_per_frame == 0)
      return Error{ErrorCode::kBadAvatar, speaker_.bundle().generator_file().string(),
                   "is not run by the native backend, which alone keeps anything of template frames",
                   "leave the avatar as it is"};
    if (!report()) return cancelled();
    std::vector<std::thread> others;
    try {
      for (int i = 1; i < std::min(threads, prepared_.frames); ++i) others.emplace_back([this] { work(); });
    } catch (const std::system_error&) {  // fewer threads do it too
    }
    work();
    for (std::thread& thread : others) thread.join();
    if (error_) return *error_;
    if (const Status published = speaker_.backend().publish_prepared(); !published) return published.error();
    const int missing = prepared_.frames - prepared_.were_there - prepared_.written;
    if (missing != 0 && options_.engine.on_warning)
      options_.engine.on_warning(fmt::format(
          "{}: has no room for {} of {} template frames: theirs will be computed for each face; free some of "
          "the disk or raise PrepareOptions::disk_budget_bytes, and prepare again",
          cache_.string(), missing, prepared_.frames));
    return prepared_;
  }

 private:
  Error cancelled() const {
    return {ErrorCode::kCancelled, "prepare",
            "stopped as you asked; what was made stays, the next run goes on", ""};
  }

  // One thread: frames until none is left. What fails on one thread stops all.
  void work() noexcept {
    Status done = guarded("use fewer threads", [&]() -> Status {
      const auto worker = FRAMEGEN_TRY(speaker_.backend().make_worker());
      while (const auto frame = next()) {
        const auto picture = FRAMEGEN_TRY(speaker_.frames().get(*frame, false));
        const PartOnDisk part = FRAMEGEN_TRY(worker->prepare(*frame, picture->image));
        FRAMEGEN_TRY(count(part));
      }
      return {};
    });
    const std::lock_guard lock(mutex_);
    if (!done && !error_) error_ = std::move(done).error();
  }

  std::optional<int> next() {
    const std::lock_guard lock(mutex_);
    if (error_ || full_ || next_ >= prepared_.frames) return std::nullopt;
    return next_++;
  }

  Status count(PartOnDisk part) {
    const std::lock_guard lock(mutex_);
    if (part == PartOnDisk::kNotKept)
      return Error{ErrorCode::kBadOutput, cache_.string(), "cannot be made, or is a link",
                   "make the avatar's folder writable"};
    if (part == PartOnDisk::kNoRoom) full_ = true;
    if (part == PartOnDisk::kWasThere) ++prepared_.were_there;
    if (part == PartOnDisk::kWritten && ++prepared_.written % kPublishEvery == 0)
      FRAMEGEN_TRY(speaker_.backend().publish_prepared());
    if (!report()) {
      FRAMEGEN_TRY(speaker_.backend().publish_prepared());
      return cancelled();
    }
    return {};
  }

  bool report() const {
    if (!options_.progress) return true;
    const int done = prepared_.were_there + prepared_.written;
    const double seconds = std::chrono::duration<double>(Clock::now() - started_).count();
    const double each = prepared_.written == 0 ? 0 : seconds / prepared_.written;
    return options_.progress(
        {done, prepared_.frames, prepared_.bytes_per_frame, each * (prepared_.frames - done)});
  }

  const Speaker& speaker_;
  const PrepareOptions& options_;
  const std::filesystem::path cache_;
  const Clock::time_point started_ = Clock::now();
  std::mutex mutex_;
  Prepared prepared_;
  int next_ = 0;
  bool full_ = false;
  std::optional<Error> error_;
};

}  // namespace

Result<Prepared> prepare_avatar(const std::filesystem::path& folder, const PrepareOptions& options) {
  EngineOptions engine_options = options.engine;
  engine_options.backend = Backend::kNative;
  engine_options.image_parts = ImageParts::kWhatPays;
  engine_options.low_latency = false;
  engine_options.keep_image_parts_on_disk = true;
  engine_options.disk_budget_bytes =
      options.disk_budget_bytes != 0 ? options.disk_budget_bytes : std::numeric_limits<std::uint64_t>::max();
  const Engine engine = FRAMEGEN_TRY(Engine::create(engine_options));
  const auto speaker = FRAMEGEN_TRY(Speaker::open(folder, engine.options(), true));
  return Preparer(*speaker, options, speaker->bundle().cache_folder()).run(speaker->workers());
}

}  // namespace framegen
