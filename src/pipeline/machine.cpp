// machine.cpp: Linux's and POSIX's own figures.
#include "pipeline/machine.hpp"

#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>
#if defined(__linux__)
#include <sched.h>
#endif

#include <algorithm>
#include <fstream>
#include <thread>

namespace framegen {
namespace {

// A number in a cgroup file: "max" and anything unreadable give `otherwise`.
std::uint64_t number_in(const char* path, std::uint64_t otherwise) {
  std::ifstream file(path);
  std::uint64_t number = 0;
  return file >> number ? number : otherwise;
}

// cgroup v2's cpu.max: "quota period" in µs, or "max period".
int quota_cores() {
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  double quota = 0, period = 0;
  if (!(file >> quota >> period) || quota <= 0 || period <= 0) return 1 << 20;
  return std::max(1, static_cast<int>(quota / period + 0.5));
}

std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

}  // namespace

int usable_cores() {
  int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
#if defined(__linux__)
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) == 0) cores = std::max(1, CPU_COUNT(&set));
#endif
  return std::min(cores, quota_cores());
}

std::uint64_t memory_bytes() {
  const auto physical = static_cast<std::uint64_t>(std::max(1L, ::sysconf(_SC_PHYS_PAGES))) *
                        static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return std::min(physical, number_in("/sys/fs/cgroup/memory.max", physical));
}

std::uint64_t peak_memory_bytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
#if defined(__APPLE__)
  return static_cast<std::uint64_t>(usage.ru_maxrss);
#else
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
#endif
}

Machine describe_machine() {
  utsname system{};
  ::uname(&system);
  return {cpu_name(), system.machine, std::string(system.sysname) + " " + system.release, usable_cores(),
          memory_bytes()};
}

}  // namespace framegen
