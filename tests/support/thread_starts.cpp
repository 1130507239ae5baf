// thread_starts.cpp: a pthread_create that says "try again later" when the threads that were given are used
// up.
#include "support/thread_starts.hpp"

#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FRAMEGEN_TEST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define FRAMEGEN_TEST_SANITIZED 1
#endif
#endif

namespace {

constexpr int kUnlimited = -1;
std::atomic<int> left{kUnlimited};

}  // namespace

#if !defined(FRAMEGEN_TEST_SANITIZED)

// Seen by the C++ library, which starts the threads.
extern "C" [[gnu::visibility("default")]] int pthread_create(pthread_t* thread,
                                                             const pthread_attr_t* attributes,
                                                             void* (*start)(void*), void* argument) noexcept {
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto create = reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
  if (left.load() == 0) return EAGAIN;
  if (left.load() != kUnlimited) --left;
  return create(thread, attributes, start, argument);
}

#endif

namespace framegen::test {

bool can_refuse_threads() {
#if defined(FRAMEGEN_TEST_SANITIZED)
  return false;
#else
  return true;
#endif
}

FewThreads::FewThreads(int given) { left = given; }
FewThreads::~FewThreads() { left = kUnlimited; }

}  // namespace framegen::test
