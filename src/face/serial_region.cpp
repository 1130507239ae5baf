// serial_region.cpp: who holds OpenCV's mark, and until when.
#include "face/serial_region.hpp"

#include <opencv2/core/utility.hpp>
#include <utility>

namespace framegen {
namespace {

// What is to happen at the end of a scope, exceptions or not.
template <typename Last>
class Finally {
 public:
  explicit Finally(Last last) : last_(last) {}
  ~Finally() { last_(); }
  Finally(const Finally&) = delete;
  Finally& operator=(const Finally&) = delete;

 private:
  Last last_;
};

template <typename Call>
class Body final : public cv::ParallelLoopBody {
 public:
  explicit Body(Call call) : call_(call) {}
  void operator()(const cv::Range&) const override { call_(); }

 private:
  Call call_;
};

}  // namespace

SerialRegion& SerialRegion::instance() {
  static SerialRegion region;
  return region;
}

void SerialRegion::run(const std::function<void()>& call) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return state_ == State::kClosed || state_ == State::kOpen; });
  if (state_ == State::kOpen) return visit(std::move(lock), call);
  state_ = State::kOpening;
  lock.unlock();
  host(call);
}

void SerialRegion::host(const std::function<void()>& call) {
  const Finally closed([this] { set(State::kClosed); });
  cv::parallel_for_(cv::Range(0, 1), Body([&] {
                      set(State::kOpen);
                      const Finally guests_off([this] { see_guests_off(); });
                      call();
                    }));
}

void SerialRegion::visit(std::unique_lock<std::mutex> lock, const std::function<void()>& call) {
  ++guests_;
  lock.unlock();
  const Finally off([this] {
    const std::lock_guard again(mutex_);
    if (--guests_ == 0) changed_.notify_all();
  });
  call();
}

void SerialRegion::set(State state) {
  const std::lock_guard lock(mutex_);
  state_ = state;
  changed_.notify_all();
}

void SerialRegion::see_guests_off() {
  std::unique_lock lock(mutex_);
  state_ = State::kClosing;
  changed_.wait(lock, [this] { return guests_ == 0; });
}

}  // namespace framegen
