// platform_portable.cpp: the body of platform.hpp for every system but Linux: POSIX, and macOS's own calls
// where it has them.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>

#include "core/platform.hpp"
#if defined(__APPLE__)
#include <mach-o/dyld.h>
#include <mach/mach.h>
#include <malloc/malloc.h>
#include <sys/sysctl.h>
#endif

namespace framegen::platform {
namespace {

#if defined(__APPLE__)
// A number of the system's, of 4 or 8 bytes. 0: there is none of that name.
std::uint64_t system_number(const char* name) {
  std::uint64_t number = 0;  // little-endian: 4 bytes fill the lower half
  std::size_t bytes = sizeof number;
  return ::sysctlbyname(name, &number, &bytes, nullptr, 0) == 0 ? number : 0;
}
#else
std::uint64_t system_number(const char*) { return 0; }
#endif

}  // namespace

std::filesystem::path own_program() {
#if defined(__APPLE__)
  std::array<char, 4096> path{};
  std::uint32_t size = path.size();
  if (::_NSGetExecutablePath(path.data(), &size) != 0) return {};
  std::error_code failed;  // it may be a link, e.g. Homebrew's
  auto file = std::filesystem::canonical(path.data(), failed);
  return failed ? std::filesystem::path(path.data()) : file;
#else
  std::error_code failed;  // several systems have it, and none must
  auto file = std::filesystem::read_symlink("/proc/self/exe", failed);
  return failed ? std::filesystem::path() : file;
#endif
}

// A program that another thread starts between the calls inherits the pipe: no POSIX call leaves no gap.
bool make_pipe(std::array<int, 2>& ends) {
  if (::pipe(ends.data()) != 0) return false;
  for (const int end : ends)
    if (::fcntl(end, F_SETFD, FD_CLOEXEC) != 0) {
      const int why = errno;
      ::close(ends[0]);
      ::close(ends[1]);
      errno = why;
      return false;
    }
  return true;
}

void wish_for_huge_pages(void*, std::size_t) {}

void give_memory_back() {
#if defined(__APPLE__)
  ::malloc_zone_pressure_relief(nullptr, 0);
#endif
}

bool keep_little_freed_memory() { return false; }

std::uint64_t resident_bytes() {
#if defined(__APPLE__)
  mach_task_basic_info_data_t info{};
  mach_msg_type_number_t words = MACH_TASK_BASIC_INFO_COUNT;
  if (::task_info(mach_task_self(), MACH_TASK_BASIC_INFO, reinterpret_cast<task_info_t>(&info), &words) ==
      KERN_SUCCESS)
    return info.resident_size;
#endif
  return peak_resident_bytes();
}

std::uint64_t mapped_bytes() { return 0; }

std::uint64_t peak_resident_bytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
#if defined(__APPLE__)
  return static_cast<std::uint64_t>(usage.ru_maxrss);  // bytes; KiB everywhere else
#else
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
#endif
}

int allowed_cores() { return static_cast<int>(std::max(1u, std::thread::hardware_concurrency())); }

std::uint64_t allowed_memory_bytes() {
  if (const std::uint64_t bytes = system_number("hw.memsize"); bytes > 0) return bytes;
#if defined(_SC_PHYS_PAGES)
  return static_cast<std::uint64_t>(std::max(1L, ::sysconf(_SC_PHYS_PAGES))) *
         static_cast<std::uint64_t>(std::max(1L, ::sysconf(_SC_PAGESIZE)));
#else
  return std::uint64_t{4} << 30;
#endif
}

// What others use is not told: what this process has not yet taken.
std::uint64_t available_memory_bytes() {
  const std::uint64_t all = allowed_memory_bytes();
  return all - std::min(all, resident_bytes());
}

std::string cpu_name() {
#if defined(__APPLE__)
  std::array<char, 256> name{};
  std::size_t bytes = name.size() - 1;
  if (::sysctlbyname("machdep.cpu.brand_string", name.data(), &bytes, nullptr, 0) == 0) return name.data();
#endif
  return "unknown";
}

std::string huge_pages() { return "unknown"; }

// perflevel0 are the fast cores; older systems and Intel's Macs have one kind.
Caches caches() {
  const auto first = [](const char* fast, const char* any) {
    const std::uint64_t bytes = system_number(fast);
    return static_cast<std::size_t>(bytes > 0 ? bytes : system_number(any));
  };
  return {first("hw.perflevel0.l1dcachesize", "hw.l1dcachesize"),
          first("hw.perflevel0.l2cachesize", "hw.l2cachesize")};
}

// Names since macOS 12, the first that M1's buyers could not avoid; systems of before have an older name for
// one.
ArmFeatures arm_features() {
  return {system_number("hw.optional.arm.FEAT_DotProd") != 0, system_number("hw.optional.arm.FEAT_I8MM") != 0,
          system_number("hw.optional.arm.FEAT_BF16") != 0};
}

bool allow_tile_registers() { return false; }  // no Mac has had them

}  // namespace framegen::platform
