// even_sample.hpp: some values of a stream of unknown length, spread evenly over it, in bounded memory.
#pragma once

#include <cstddef>
#include <vector>

namespace framegen {

// Keeps every value, then every second, every fourth …: never more than twice as many as are wanted.
template <class T>
class EvenSample {
 public:
  explicit EvenSample(std::size_t wanted) : wanted_(wanted) {}

  void add(const T& value) {
    if (seen_++ % step_ != 0) return;
    kept_.push_back(value);
    if (kept_.size() < 2 * wanted_) return;
    // Not the first, which stays: a vector that is moved to itself is empty.
    for (std::size_t i = 1; i < wanted_; ++i) kept_[i] = std::move(kept_[2 * i]);
    kept_.resize(wanted_);
    step_ *= 2;
  }
  bool empty() const { return kept_.empty(); }
  std::size_t kept() const { return kept_.size(); }
  // Value i of `wanted`, in the stream's order; a stream of fewer repeats some. Not of an empty one.
  const T& operator[](std::size_t i) const { return kept_[i * kept_.size() / wanted_]; }

 private:
  std::size_t wanted_, seen_ = 0, step_ = 1;
  std::vector<T> kept_;
};

}  // namespace framegen
