// serial_region.hpp: calls into OpenCV that stay on the thread that makes them.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>

namespace framegen {

// OpenCV runs what is called from inside a parallel loop on the calling thread; but its mark for "inside" is
// one for the whole process, and falls when the loop that set it ends, whoever else counts on it. So the
// thread that set it, the host, stays until its guests are done. cv::setNumThreads(1) would say the same to
// the program around us too. If that program is in a loop of its own just then, a call may still be shared
// out: same bytes, OpenCV's threads started.
class SerialRegion {
 public:
  // The one for this process: OpenCV's mark is one for the process as well.
  static SerialRegion& instance();

  // Runs `call` on this thread; threads may call at once, and run at once. A host waits for the guests that
  // came during its own call, newcomers for that. `call` must not come here again. Throws what `call` throws.
  void run(const std::function<void()>& call);

 private:
  enum class State { kClosed, kOpening, kOpen, kClosing };

  void host(const std::function<void()>& call);
  void visit(std::unique_lock<std::mutex> lock, const std::function<void()>& call);
  void set(State state);
  void see_guests_off();

  std::mutex mutex_;
  std::condition_variable changed_;
  State state_ = State::kClosed;
  int guests_ = 0;
};

}  // namespace framegen
