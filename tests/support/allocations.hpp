// allocations.hpp: how often a program asks for memory. A test program that uses it gets the global operator
// new and delete of allocations.cpp.
#pragma once

namespace framegen::test {

struct Allocations {
  long ours = 0;      // calls of operator new from the program itself, into which the library is linked
  long theirs = 0;    // from shared libraries (ONNX Runtime, FFmpeg, the C++ library's own code)
  long excluded = 0;  // from the one that was named
};

// Counts the calls of all threads from its construction on. One at a time.
class AllocationCounter {
 public:
  // `excluded`: part of the file name of a shared library whose calls are counted apart; null: none.
  explicit AllocationCounter(const char* excluded = nullptr);
  ~AllocationCounter();
  AllocationCounter(const AllocationCounter&) = delete;
  AllocationCounter& operator=(const AllocationCounter&) = delete;
  Allocations count() const;
};

// While it lives, the calling thread's operator new number `after` (0: the next) and all later ones throw
// std::bad_alloc. Where memory ends in a handler too, the handler is tested as well.
class MemoryEnds {
 public:
  explicit MemoryEnds(long after);
  ~MemoryEnds();
  MemoryEnds(const MemoryEnds&) = delete;
  MemoryEnds& operator=(const MemoryEnds&) = delete;
  bool reached() const;  // it did throw
};

}  // namespace framegen::test
