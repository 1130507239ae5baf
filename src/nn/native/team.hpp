// team.hpp: a few threads that do the parts of one step together, for one frame in the shortest time.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>
#include <vector>

namespace framegen::native {

class Team {
 public:
  using Work = void (*)(void* context, std::size_t part);

  // `threads` − 1 of its own; the caller is the first. Throws std::system_error.
  explicit Team(std::size_t threads);
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;
  ~Team();

  std::size_t size() const { return threads_.size() + 1; }
  // Calls work(context, part) for every part below size(), each on its own thread, and waits for all.
  void run(Work work, void* context);

 private:
  void serve(std::size_t part);
  void stop();

  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable start_, done_;
  Work work_ = nullptr;
  void* context_ = nullptr;
  std::size_t round_ = 0, busy_ = 0;
  std::atomic<std::size_t> announced_{0}, unfinished_{0};
  bool stop_ = false;
};

}  // namespace framegen::native
