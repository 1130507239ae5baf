// render_task.hpp: one upload becomes one MP4, on a thread of its own.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <thread>

#include "state.hpp"

namespace framegen::server {

class RenderTask {
 public:
  struct Ways {
    std::function<void(Progress)> progress;          // about ten times a second, on the task's thread
    std::function<void(Result<std::string>)> ended;  // the MP4's bytes; the last call
  };
  // Errors: kInternal (no thread can be started).
  static Result<std::unique_ptr<RenderTask>> start(State& state, std::shared_ptr<const Avatar> avatar,
                                                   std::string audio, Ways ways);
  ~RenderTask();  // cancels and waits: a batch of faces at most

 private:
  RenderTask(State& state, std::shared_ptr<const Avatar> avatar, std::string audio, Ways ways);
  Result<std::string> render_in(const std::filesystem::path& folder);
  Status within_limits(const Progress& progress, const std::filesystem::path& folder) const;
  Result<std::string> render_upload();
  void run() noexcept;

  State& state_;
  std::shared_ptr<const Avatar> avatar_;
  std::string audio_;
  Ways ways_;
  std::atomic<bool> cancelled_{false};
  std::thread thread_;
};

}  // namespace framegen::server
