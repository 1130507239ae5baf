// limits.cpp: setrlimit, soft and hard alike.
#include "sandbox/limits.hpp"

#include <sys/resource.h>

#include <algorithm>

#include "core/platform.hpp"

namespace framegen::sandbox {
namespace {

template <class Resource>
void set(Resource resource, std::uint64_t most) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max = std::min<rlim_t>(limit.rlim_max, static_cast<rlim_t>(most));
  ::setrlimit(resource, &limit);
}

}  // namespace

void limit(const Limits& limits) {
#if !defined(FRAMEGEN_SANITIZED)  // whose own memory is terabytes of address space
  if (const auto mapped = platform::mapped_bytes(); mapped != 0) set(RLIMIT_AS, mapped + limits.memory_bytes);
#endif
  set(RLIMIT_CPU, static_cast<std::uint64_t>(limits.processor_s));
  set(RLIMIT_FSIZE, 0);
  set(RLIMIT_CORE, 0);
  set(RLIMIT_NOFILE, 0);
}

}  // namespace framegen::sandbox
