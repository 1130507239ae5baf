// read_ahead.hpp: a thread that brings what will be wanted soon from the disk, so that nobody waits for it.
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>

namespace framegen {

class ReadAhead {
 public:
  // `read` is called on the thread, with the numbers in their order. The thread starts with the first one;
  // where it cannot, nothing is read ahead.
  explicit ReadAhead(std::function<void(int)> read) : read_(std::move(read)) {}
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;
  ~ReadAhead();
  // Never waits: a number is dropped where so many wait that it would come too late. No allocation.
  void ask(int number);

 private:
  void serve();

  std::function<void(int)> read_;
  std::mutex mutex_;
  std::condition_variable asked_;
  std::array<int, 64> ring_{};
  std::size_t first_ = 0, count_ = 0;
  bool stop_ = false, no_thread_ = false;
  std::thread thread_;
};

}  // namespace framegen
