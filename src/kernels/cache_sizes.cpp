// cache_sizes.cpp: asks the operating system.
#include "kernels/cache_sizes.hpp"

#if defined(__linux__)
#include <unistd.h>
#elif defined(__APPLE__)
#include <sys/sysctl.h>
#endif

namespace framegen {
namespace {

CacheSizes ask() {
  CacheSizes sizes;
#if defined(__linux__) && defined(_SC_LEVEL1_DCACHE_SIZE)
  if (const long l1 = sysconf(_SC_LEVEL1_DCACHE_SIZE); l1 > 0) sizes.l1_bytes = static_cast<std::size_t>(l1);
  if (const long l2 = sysconf(_SC_LEVEL2_CACHE_SIZE); l2 > 0) sizes.l2_bytes = static_cast<std::size_t>(l2);
#elif defined(__APPLE__)
  std::size_t value = 0, bytes = sizeof value;
  if (sysctlbyname("hw.l1dcachesize", &value, &bytes, nullptr, 0) == 0 && value > 0) sizes.l1_bytes = value;
  bytes = sizeof value;
  if (sysctlbyname("hw.l2cachesize", &value, &bytes, nullptr, 0) == 0 && value > 0) sizes.l2_bytes = value;
#endif
  return sizes;
}

}  // namespace

const CacheSizes& cache_sizes() {
  static const CacheSizes sizes = ask();
  return sizes;
}

}  // namespace framegen
