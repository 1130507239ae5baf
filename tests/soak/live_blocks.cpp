// live_blocks.cpp: malloc and its like in front of the C library's own, with two counters.
#include "live_blocks.hpp"

#include <malloc.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void __libc_free(void*);
}

namespace {

std::atomic<long> blocks{0}, bytes{0};

void* taken(void* memory) {
  if (memory == nullptr) return nullptr;
  blocks.fetch_add(1, std::memory_order_relaxed);
  bytes.fetch_add(static_cast<long>(malloc_usable_size(memory)), std::memory_order_relaxed);
  return memory;
}

void given_back(void* memory) {
  if (memory == nullptr) return;
  blocks.fetch_sub(1, std::memory_order_relaxed);
  bytes.fetch_sub(static_cast<long>(malloc_usable_size(memory)), std::memory_order_relaxed);
}

}  // namespace

// Shared libraries must find these before the C library's.
#pragma GCC visibility push(default)
extern "C" {

void* malloc(std::size_t size) noexcept { return taken(__libc_malloc(size)); }
void* calloc(std::size_t count, std::size_t size) noexcept { return taken(__libc_calloc(count, size)); }
void* memalign(std::size_t alignment, std::size_t size) noexcept {
  return taken(__libc_memalign(alignment, size));
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  return taken(__libc_memalign(alignment, size));
}
int posix_memalign(void** out, std::size_t alignment, std::size_t size) noexcept {
  *out = taken(__libc_memalign(alignment, size));
  return *out == nullptr ? ENOMEM : 0;
}
void* realloc(void* old, std::size_t size) noexcept {
  const long before = old != nullptr ? static_cast<long>(malloc_usable_size(old)) : 0;
  void* const memory = __libc_realloc(old, size);
  if (memory == nullptr && size != 0) return nullptr;  // the old block lives on
  if (old != nullptr) {
    blocks.fetch_sub(1, std::memory_order_relaxed);
    bytes.fetch_sub(before, std::memory_order_relaxed);
  }
  return taken(memory);
}
void free(void* memory) noexcept {
  given_back(memory);
  __libc_free(memory);
}

}  // extern "C"
#pragma GCC visibility pop

namespace framegen::test {

LiveBlocks live_blocks() { return {blocks, bytes}; }

}  // namespace framegen::test
