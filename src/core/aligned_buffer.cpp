// aligned_buffer.cpp: where large memory lies.
#include "core/aligned_buffer.hpp"

#include "core/platform.hpp"

namespace framegen::aligned_memory {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;

// Below this the rounding up to whole pages would cost more than it brings.
constexpr std::size_t kLeastBytes = 2 * kHugePage;

std::align_val_t alignment_of(std::size_t bytes) {
  return std::align_val_t{bytes < kLeastBytes ? kBufferAlignment : kHugePage};
}

}  // namespace

void* allocate(std::size_t bytes) {
  void* const memory = ::operator new(bytes, alignment_of(bytes));
  if (bytes >= kLeastBytes) platform::wish_for_huge_pages(memory, bytes / kHugePage * kHugePage);
  return memory;
}

void release(void* memory, std::size_t bytes) noexcept { ::operator delete(memory, alignment_of(bytes)); }

}  // namespace framegen::aligned_memory
