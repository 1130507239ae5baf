// crew.hpp: threads that are waited for where they were started, as std::jthread, which Apple's C++ library
// lacks.
#pragma once

#include <thread>
#include <utility>
#include <vector>

namespace framegen {

// The end of its life is the end of theirs, also where starting one of them throws.
class Crew {
 public:
  Crew() = default;
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;
  ~Crew() {
    for (std::thread& thread : threads_) thread.join();
  }
  template <class Work>
  void start(Work work) {
    threads_.emplace_back(std::move(work));
  }

 private:
  std::vector<std::thread> threads_;
};

}  // namespace framegen
