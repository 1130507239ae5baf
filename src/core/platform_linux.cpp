// platform_linux.cpp: Linux's body of platform.hpp: /proc, /sys and glibc.
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "core/cgroup.hpp"
#include "core/platform.hpp"
#if defined(__GLIBC__)
#include <malloc.h>
#endif
#if defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#elif defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#endif

namespace framegen::platform {
namespace {

std::uint64_t physical_memory_bytes() {
  return static_cast<std::uint64_t>(std::max(1L, ::sysconf(_SC_PHYS_PAGES))) *
         static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

// "always [madvise] never" → "madvise".
std::string transparent_huge_pages() {
  std::ifstream file("/sys/kernel/mm/transparent_hugepage/enabled");
  for (std::string word; file >> word;)
    if (word.size() > 2 && word.front() == '[') return word.substr(1, word.size() - 2);
  return "unknown";
}

}  // namespace

std::filesystem::path own_program() {
  std::error_code failed;
  auto path = std::filesystem::read_symlink("/proc/self/exe", failed);
  return failed ? std::filesystem::path() : path;
}

bool make_pipe(std::array<int, 2>& ends) { return ::pipe2(ends.data(), O_CLOEXEC) == 0; }

void wish_for_huge_pages([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t bytes) {
#if defined(MADV_HUGEPAGE)
  ::madvise(memory, bytes, MADV_HUGEPAGE);
#endif
}

void give_memory_back() {
#if defined(__GLIBC__)
  ::malloc_trim(0);
#endif
}

// Left alone, glibc learns from every large block that is freed to keep larger ones, up to 32 MB, and twice
// as much at the end of every arena; threads that come may each have an arena, and malloc_trim() reaches the
// end of the first one only. A limit that is given is not learnt: above a raw picture of 1280×720, which is
// asked for 25 times a second. Whoever works in earnest has its memory from before, and waits for no arena.
bool keep_little_freed_memory() {
#if defined(__GLIBC__)
  constexpr int kArenas = 4;
  constexpr int kKeptBytes = 4 << 20;
  return ::mallopt(M_ARENA_MAX, kArenas) == 1 && ::mallopt(M_MMAP_THRESHOLD, kKeptBytes) == 1 &&
         ::mallopt(M_TRIM_THRESHOLD, kKeptBytes) == 1;
#else
  return false;
#endif
}

std::uint64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t pages = 0, resident = 0;
  if (!(file >> pages >> resident)) return peak_resident_bytes();
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::uint64_t mapped_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t pages = 0;
  return file >> pages ? pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

std::uint64_t peak_resident_bytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

int allowed_cores() {
  int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) == 0) cores = std::max(1, CPU_COUNT(&set));
  const double quota = cgroup_limits().cores;
  return quota < cores ? std::max(1, static_cast<int>(quota + 0.5)) : cores;
}

std::uint64_t allowed_memory_bytes() {
  return std::min(physical_memory_bytes(), cgroup_limits().memory_bytes);
}

// Of the machine, and within it of the cgroup, whose files in memory can be given up.
std::uint64_t available_memory_bytes() {
  const CgroupLimits group = cgroup_limits();
  const std::uint64_t limit = std::min(physical_memory_bytes(), group.memory_bytes);
  const std::uint64_t machine = figure_in("/proc/meminfo", "MemAvailable:", limit >> 10) << 10;
  return std::min(machine, limit - std::min(limit, group.used_bytes));
}

std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

std::string huge_pages() {
  const std::string transparent = transparent_huge_pages();
  if (transparent == "unknown") return transparent;
  return "transparent: " + transparent + ", " +
         std::to_string(figure_in("/proc/meminfo", "HugePages_Total:", 0)) + " reserved";
}

Caches caches() {
  Caches sizes;
#if defined(_SC_LEVEL1_DCACHE_SIZE)
  if (const long l1 = ::sysconf(_SC_LEVEL1_DCACHE_SIZE); l1 > 0)
    sizes.l1_bytes = static_cast<std::size_t>(l1);
  if (const long l2 = ::sysconf(_SC_LEVEL2_CACHE_SIZE); l2 > 0) sizes.l2_bytes = static_cast<std::size_t>(l2);
#endif
  return sizes;
}

ArmFeatures arm_features() {
#if defined(__aarch64__)
  const unsigned long later = ::getauxval(AT_HWCAP2);
  return {(::getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0, (later & HWCAP2_I8MM) != 0,
          (later & HWCAP2_BF16) != 0};
#else
  return {};
#endif
}

bool allow_tile_registers() {
#if defined(__x86_64__)
  // Intel's manual, volume 2, CPUID leaf 7: AMX-BF16, AMX-TILE, AMX-INT8.
  constexpr unsigned kNeeded = 1U << 22U | 1U << 24U | 1U << 25U;
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (d & kNeeded) != kNeeded) return false;
  // Linux, Documentation/arch/x86/xstate.rst: ARCH_REQ_XCOMP_PERM for the tiles' data. An older system, or a
  // signal's stack that is too small for what would be saved of a thread: no.
  constexpr int kAskForState = 0x1023, kTileData = 18;
  return ::syscall(SYS_arch_prctl, kAskForState, kTileData) == 0;
#else
  return false;
#endif
}

}  // namespace framegen::platform
