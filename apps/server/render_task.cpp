// render_task.cpp: upload and video lie in a temporary folder for as long as it takes.
#include "render_task.hpp"

#include <algorithm>
#include <fstream>
#include <system_error>

#include "core/frame_rate.hpp"
#include "upload_folder.hpp"

namespace framegen::server {
namespace {

namespace fs = std::filesystem;

// Of all files in it.
std::uint64_t bytes_in(const fs::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::error_code gone;
    const std::uint64_t size = at->file_size(gone);
    if (!gone) bytes += size;
  }
  return bytes;
}

}  // namespace

Result<std::unique_ptr<RenderTask>> RenderTask::start(State& state, std::shared_ptr<const Avatar> avatar,
                                                      std::string audio, Ways ways) {
  std::unique_ptr<RenderTask> task(
      new RenderTask(state, std::move(avatar), std::move(audio), std::move(ways)));
  try {
    task->thread_ = std::thread([t = task.get()] { t->run(); });
  } catch (const std::system_error&) {
    return Error{ErrorCode::kInternal, "render", "no thread can be started for it", "come back later"};
  }
  return task;
}

RenderTask::RenderTask(State& state, std::shared_ptr<const Avatar> avatar, std::string audio, Ways ways)
    : state_(state), avatar_(std::move(avatar)), audio_(std::move(audio)), ways_(std::move(ways)) {}

RenderTask::~RenderTask() {
  cancelled_ = true;
  if (thread_.joinable()) thread_.join();
}

Status RenderTask::within_limits(const Progress& progress, const fs::path& folder) const {
  const ServerOptions& options = state_.options;
  const std::int64_t frames = std::max(progress.frames_done, progress.frames_all.value_or(0));
  if (frames > std::int64_t{options.max_render_s} * kFramesPerSecond)
    return Error{ErrorCode::kBadUse, "upload",
                 "is longer than " + std::to_string(options.max_render_s) + " s of speech",
                 "send it in pieces, or see serve --max-render-s"};
  if (bytes_in(folder) > options.max_upload_bytes + options.max_kept_bytes)
    return Error{ErrorCode::kBadUse, "upload", "gives a video that is too large", "see serve --max-kept-mb"};
  return {};
}

Result<std::string> RenderTask::render_in(const fs::path& folder) {
  std::ofstream upload(folder / "audio", std::ios::binary);
  upload << audio_;
  upload.close();
  if (!upload)
    return Error{ErrorCode::kBadOutput, folder.string(), "cannot be written", "check its free space"};
  audio_ = {};
  RenderJob job;
  job.audio = folder / "audio";
  job.video = folder / "video.mp4";
  Status limit;
  const auto report = render(*state_.engine, avatar_, job, [&](const Progress& progress) {
    limit = within_limits(progress, folder);
    if (limit) ways_.progress(progress);
    return limit && !cancelled_;
  });
  if (!limit) return limit.error();
  if (!report) return report.error();
  FRAMEGEN_TRY(within_limits({report->frames, {}, 0}, folder));
  return state_.read_video(job.video);
}

Result<std::string> RenderTask::render_upload() {
  const UploadFolder folder = FRAMEGEN_TRY(UploadFolder::create());
  auto video = render_in(folder.path());
  if (video) return video;
  // Its place on this machine is nobody's business.
  Error error = std::move(video).error();
  if (error.where.find(folder.path().string()) != std::string::npos) error.where = "upload";
  return error;
}

void RenderTask::run() noexcept {
  // Strings that need no memory: it may be what is missing.
  const auto no_memory = [] {
    return Error{ErrorCode::kInternal, "render", "out of memory", "come back later"};
  };
  Result<std::string> video = no_memory();
  try {
    video = render_upload();
  } catch (const std::exception&) {  // as it was said above
  }
  // Who waits is told, as soon as there is memory for it.
  while (true) {
    try {
      return ways_.ended(std::move(video));
    } catch (const std::exception&) {
      video = no_memory();
      if (cancelled_) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
}

}  // namespace framegen::server
