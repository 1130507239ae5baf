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
  RenderTask(State& state, std::shared_ptr<const Avatar> avatar, std::string audio, Ways ways);
  ~RenderTask();  // cancels and waits: a batch of faces at most

 private:
  Result<std::string> render_in(const std::filesystem::path& folder);
  void run();

  State& state_;
  std::shared_ptr<const Avatar> avatar_;
  std::string audio_;
  Ways ways_;
  std::atomic<bool> cancelled_{false};
  std::thread thread_;
};

}  // namespace framegen::server
