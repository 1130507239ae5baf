// machine.hpp: what this machine has.
#pragma once

#include <cstdint>
#include <string>

namespace framegen {

struct Machine {
  std::string cpu;           // model name as the system tells it
  std::string architecture;  // "x86_64", "aarch64"
  std::string system;        // "Linux 6.1.0"
  int cores = 0;             // that this process may use
  std::uint64_t memory_bytes = 0;
  std::uint64_t memory_free_bytes = 0;  // that could be had now, caches given up
  std::string huge_pages;               // Linux: "transparent: madvise, 0 reserved"; else "unknown"
};

Machine describe_machine();
// Cores that this process may use (affinity and cgroup quota respected), at least 1.
int usable_cores();
// Memory that this process may use (cgroup limit respected).
std::uint64_t memory_bytes();
// What an engine takes for template frames and image parts where nobody says how much.
std::uint64_t usual_memory_budget();
// Largest resident memory of this process so far.
std::uint64_t peak_memory_bytes();

}  // namespace framegen
