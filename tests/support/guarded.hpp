// guarded.hpp: a buffer with canaries on both sides, so that a stray write fails the test.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <ostream>
#include <stdexcept>
#include <vector>

namespace framegen::test {

template <class T>
class Guarded {
 public:
  // `offset` elements of misalignment.
  explicit Guarded(std::size_t n, std::size_t offset = 0)
      : bytes_((n + 2 * kGuard + offset) * sizeof(T), kCanary), size_(n), first_(kGuard + offset) {}
  T* data() { return reinterpret_cast<T*>(bytes_.data()) + first_; }
  const T* data() const { return reinterpret_cast<const T*>(bytes_.data()) + first_; }
  std::size_t size() const { return size_; }
  T& operator[](std::size_t i) { return data()[i]; }
  const T& operator[](std::size_t i) const { return data()[i]; }
  bool intact() const {
    const auto canary = [](unsigned char b) { return b == kCanary; };
    const auto begin = bytes_.begin() + static_cast<std::ptrdiff_t>(first_ * sizeof(T));
    return std::all_of(bytes_.begin(), begin, canary) &&
           std::all_of(begin + static_cast<std::ptrdiff_t>(size_ * sizeof(T)), bytes_.end(), canary);
  }
  // Same contents, and neither was written outside.
  bool operator==(const Guarded& other) const {
    return intact() && other.intact() && size_ == other.size_ &&
           std::memcmp(data(), other.data(), size_ * sizeof(T)) == 0;
  }
  friend std::ostream& operator<<(std::ostream& out, const Guarded& g) {
    return out << g.size_ << " elements, canaries " << (g.intact() ? "intact" : "OVERWRITTEN");
  }

 private:
  static constexpr unsigned char kCanary = 0xA5;
  static constexpr std::size_t kGuard = 64;
  std::vector<unsigned char> bytes_;
  std::size_t size_, first_;
};

}  // namespace framegen::test
