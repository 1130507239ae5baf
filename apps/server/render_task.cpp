// render_task.cpp: upload and video lie in a temporary folder for as long as it takes.
#include "render_task.hpp"

#include <fstream>
#include <random>
#include <sstream>

namespace framegen::server {
namespace {

Result<std::filesystem::path> temporary_folder() {
  std::random_device random;
  std::error_code error;
  const auto folder = std::filesystem::temp_directory_path(error) /
                      ("framegen-render-" + std::to_string(random()) + std::to_string(random()));
  if (error || !std::filesystem::create_directory(folder, error) || error)
    return Error{ErrorCode::kBadOutput, folder.string(), "cannot be made: " + error.message(),
                 "check the temporary folder"};
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  return folder;
}

}  // namespace

RenderTask::RenderTask(State& state, std::shared_ptr<const Avatar> avatar, std::string audio, Ways ways)
    : state_(state), avatar_(std::move(avatar)), audio_(std::move(audio)), ways_(std::move(ways)) {
  thread_ = std::thread([this] { run(); });
}

RenderTask::~RenderTask() {
  cancelled_ = true;
  if (thread_.joinable()) thread_.join();
}

Result<std::string> RenderTask::render_in(const std::filesystem::path& folder) {
  std::ofstream upload(folder / "audio", std::ios::binary);
  upload << audio_;
  upload.close();
  if (!upload)
    return Error{ErrorCode::kBadOutput, folder.string(), "cannot be written", "check its free space"};
  audio_ = {};
  RenderJob job;
  job.audio = folder / "audio";
  job.video = folder / "video.mp4";
  FRAMEGEN_TRY(render(*state_.engine, avatar_, job, [&](const Progress& progress) {
    ways_.progress(progress);
    return !cancelled_;
  }));
  std::ifstream file(job.video, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return std::move(bytes).str();
}

void RenderTask::run() {
  auto folder = temporary_folder();
  if (!folder) return ways_.ended(folder.error());
  auto video = render_in(*folder);
  std::error_code ignored;
  std::filesystem::remove_all(*folder, ignored);
  if (!video) {
    // Its place on this machine is nobody's business.
    Error error = std::move(video).error();
    if (error.where.find(folder->string()) != std::string::npos) error.where = "upload";
    video = error;
  }
  ways_.ended(std::move(video));
}

}  // namespace framegen::server
