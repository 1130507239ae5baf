// thread_starts.hpp: a system that gives only so many threads, for tests of what a program does then.
#pragma once

namespace framegen::test {

// Whether the tests' own pthread_create is in place: not under a sanitizer, which has one itself.
bool can_refuse_threads();

// While it lives, `given` more threads can be started in this process, and then none. One at a time.
class FewThreads {
 public:
  explicit FewThreads(int given);
  ~FewThreads();
  FewThreads(const FewThreads&) = delete;
  FewThreads& operator=(const FewThreads&) = delete;
};

}  // namespace framegen::test
