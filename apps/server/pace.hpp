// pace.hpp: how long a transfer may take: as long as it goes on at a least rate.
#pragma once

#include <chrono>
#include <cstddef>

namespace framegen::server {

// A whole film over a slow line may take its minutes; a byte a second may not.
class Pace {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr double kLeastBytesPerSecond = 32 << 10;

  explicit Pace(std::chrono::milliseconds patience) : end_(Clock::now() + patience) {}
  void count(std::size_t bytes) {
    end_ += std::chrono::duration_cast<Clock::duration>(
        std::chrono::duration<double>(static_cast<double>(bytes) / kLeastBytesPerSecond));
  }
  Clock::time_point end() const { return end_; }
  bool too_slow() const { return Clock::now() > end_; }

 private:
  Clock::time_point end_;
};

}  // namespace framegen::server
