// allocations.cpp: operator new that counts, and tells by the caller's address who asked.
#include "support/allocations.hpp"

#include <dlfcn.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>

namespace {

std::atomic<bool> counting{false};
thread_local long until_end = -1;  // allocations that are still given; −1: no end in sight
thread_local bool end_reached = false;
std::atomic<long> ours{0}, theirs{0}, excluded{0};
std::atomic<const char*> excluded_library{nullptr};

std::atomic<long>& counter_of(const void* caller) {
  static const void* const program = [] {
    Dl_info here;
    return dladdr(reinterpret_cast<const void*>(&counter_of), &here) != 0 ? here.dli_fbase : nullptr;
  }();
  Dl_info there;
  if (dladdr(caller, &there) == 0 || there.dli_fbase == program) return ours;
  const char* const library = excluded_library;
  return library != nullptr && std::strstr(there.dli_fname, library) != nullptr ? excluded : theirs;
}

void* asked(std::size_t size, std::size_t alignment, const void* caller) noexcept {
  if (counting.load(std::memory_order_relaxed)) ++counter_of(caller);
  if (until_end == 0) {
    end_reached = true;
    return nullptr;
  }
  if (until_end > 0) --until_end;
  return std::aligned_alloc(alignment, (size + alignment) / alignment * alignment);
}

void* asked_or_throw(std::size_t size, std::size_t alignment, const void* caller) {
  if (void* memory = asked(size, alignment, caller)) return memory;
  throw std::bad_alloc();
}

constexpr std::size_t kUsual = alignof(std::max_align_t);

// Not inlined: GCC would see memory of operator new given to free, and warn.
[[gnu::noinline]] void release(void* memory) noexcept { std::free(memory); }

}  // namespace

// All of them: where one is missing the C++ library's own would meet the other's memory.
void* operator new(std::size_t size) { return asked_or_throw(size, kUsual, __builtin_return_address(0)); }
void* operator new[](std::size_t size) { return asked_or_throw(size, kUsual, __builtin_return_address(0)); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return asked(size, kUsual, __builtin_return_address(0));
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return asked(size, kUsual, __builtin_return_address(0));
}
void* operator new(std::size_t size, std::align_val_t a) {
  return asked_or_throw(size, static_cast<std::size_t>(a), __builtin_return_address(0));
}
void* operator new[](std::size_t size, std::align_val_t a) {
  return asked_or_throw(size, static_cast<std::size_t>(a), __builtin_return_address(0));
}
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { release(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }

namespace framegen::test {

AllocationCounter::AllocationCounter(const char* excluded_name) {
  excluded_library = excluded_name;
  ours = 0;
  theirs = 0;
  excluded = 0;
  counting = true;
}
AllocationCounter::~AllocationCounter() { counting = false; }
MemoryEnds::MemoryEnds(long after) {
  end_reached = false;
  until_end = after;
}
MemoryEnds::~MemoryEnds() { until_end = -1; }
bool MemoryEnds::reached() const { return end_reached; }

Allocations AllocationCounter::count() const { return {ours, theirs, excluded}; }

}  // namespace framegen::test
