// machine.cpp: Linux's and POSIX's own figures.
#include "core/machine.hpp"

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

// "always [madvise] never" → "madvise".
std::string transparent_huge_pages() {
  std::ifstream file("/sys/kernel/mm/transparent_hugepage/enabled");
  for (std::string word; file >> word;)
    if (word.size() > 2 && word.front() == '[') return word.substr(1, word.size() - 2);
  return "unknown";
}

// The figure after a name at a line's beginning; `otherwise` where there is none.
std::uint64_t figure_in(const char* path, const std::string& name, std::uint64_t otherwise) {
  std::ifstream file(path);
  std::uint64_t figure = 0;
  for (std::string word, rest; file >> word; std::getline(file, rest))
    if (word == name) return file >> figure ? figure : otherwise;
  return otherwise;
}

std::string huge_pages() {
  const std::string transparent = transparent_huge_pages();
  if (transparent == "unknown") return transparent;
  return "transparent: " + transparent + ", " +
         std::to_string(figure_in("/proc/meminfo", "HugePages_Total:", 0)) + " reserved";
}

// Of the machine, and within it of the cgroup, whose files in memory can be given up.
std::uint64_t free_memory(std::uint64_t limit) {
  const std::uint64_t machine = figure_in("/proc/meminfo", "MemAvailable:", limit >> 10) << 10;
  const std::uint64_t used = figure_in("/sys/fs/cgroup/memory.stat", "anon", 0);
  return std::min(machine, limit - std::min(limit, used));
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

std::uint64_t usual_memory_budget() { return memory_bytes() / 4; }

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
  return {cpu_name(),     system.machine, std::string(system.sysname) + " " + system.release,
          usable_cores(), memory_bytes(), free_memory(memory_bytes()),
          huge_pages()};
}

}  // namespace framegen
