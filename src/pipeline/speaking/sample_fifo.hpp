// sample_fifo.hpp: speech waiting to be looked at, in a ring made once.
#pragma once

#include <algorithm>
#include <span>

#include "core/aligned_buffer.hpp"

namespace framegen {

class SampleFifo {
 public:
  explicit SampleFifo(std::size_t capacity) : ring_(capacity) {}
  std::size_t size() const { return size_; }
  std::size_t space() const { return ring_.size() - size_; }

  void clear() { size_ = 0; }

  // samples.size() ≤ space().
  void push(std::span<const float> samples) {
    const std::size_t at = (first_ + size_) % ring_.size();
    const std::size_t head = std::min(samples.size(), ring_.size() - at);
    std::copy_n(samples.begin(), head, ring_.begin() + at);
    std::copy(samples.begin() + static_cast<std::ptrdiff_t>(head), samples.end(), ring_.begin());
    size_ += samples.size();
  }

  // Takes min(out.size(), size()) samples; returns how many.
  std::size_t pop(std::span<float> out) {
    const std::size_t count = std::min(out.size(), size_);
    const std::size_t head = std::min(count, ring_.size() - first_);
    std::copy_n(ring_.begin() + first_, head, out.begin());
    std::copy_n(ring_.begin(), count - head, out.begin() + static_cast<std::ptrdiff_t>(head));
    first_ = (first_ + count) % ring_.size();
    size_ -= count;
    return count;
  }

 private:
  AlignedBuffer<float> ring_;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

}  // namespace framegen
