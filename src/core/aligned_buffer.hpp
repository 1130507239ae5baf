// aligned_buffer.hpp: memory for numbers, aligned for the widest vectors, not initialised, never reallocated
// in use.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

namespace framegen {

// A cache line and the widest vector register (AVX-512) are both 64 bytes.
inline constexpr std::size_t kBufferAlignment = 64;

namespace aligned_memory {
// Large memory lies on huge pages where the system lends them: a frame of the generator reads tens of
// megabytes, and with 4 KiB pages waits for address translation. Throws std::bad_alloc.
void* allocate(std::size_t bytes);
void release(void* memory, std::size_t bytes) noexcept;
}  // namespace aligned_memory

template <class T>
class AlignedBuffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  AlignedBuffer() = default;
  // Contents are indeterminate. Throws std::bad_alloc.
  explicit AlignedBuffer(std::size_t size)
      : data_(size == 0 ? nullptr : static_cast<T*>(aligned_memory::allocate(size * sizeof(T))),
              Free{size * sizeof(T)}),
        size_(size) {}
  AlignedBuffer(AlignedBuffer&& other) noexcept
      : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}
  AlignedBuffer& operator=(AlignedBuffer&& other) noexcept {
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](std::size_t i) { return data_.get()[i]; }
  const T& operator[](std::size_t i) const { return data_.get()[i]; }
  T* begin() { return data(); }
  T* end() { return data() + size_; }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size_; }
  std::span<T> span() { return {data(), size_}; }
  std::span<const T> span() const { return {data(), size_}; }
  void fill_zero() {
    if (size_ != 0) std::memset(data(), 0, size_ * sizeof(T));
  }
  AlignedBuffer clone() const {
    AlignedBuffer copy(size_);
    if (size_ != 0) std::memcpy(copy.data(), data(), size_ * sizeof(T));
    return copy;
  }

 private:
  struct Free {
    std::size_t bytes = 0;
    void operator()(T* p) const { aligned_memory::release(p, bytes); }
  };
  std::unique_ptr<T, Free> data_;
  std::size_t size_ = 0;
};

}  // namespace framegen
