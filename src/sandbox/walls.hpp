// walls.hpp: what a process gives up before it opens a stranger's file: names of files, the network, other
// processes, more memory and time than a decoder needs.
#pragma once

#include <cstdint>
#include <string>

namespace framegen::sandbox {

struct Limits {
  std::uint64_t memory_bytes = std::uint64_t{1} << 30;  // of address space beyond what is mapped already
  int processor_s = 3600;
};

// What the system can: without system calls the other two are the system's promise alone.
struct Walls {
  bool system_calls = false;  // a short list; any other ends the process (seccomp)
  bool files = false;         // none but those that are open (Landlock)
};
Walls walls_of_this_system();

// For good, and for the whole process, which has one thread. From here on it can read and write what is open,
// and compute. A system call that is not on the list is told to `tell` as a kRefused, and ends it.
void build_walls(const Limits& limits, int tell);
// This process ends with the one that started it.
void end_with_parent();

// "openat", or its number.
std::string name_of_call(int number);

}  // namespace framegen::sandbox
