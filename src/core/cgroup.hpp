// cgroup.hpp: what Linux's control groups leave a process of its machine.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string_view>

namespace framegen {

// Of the process's group and all above it, the least: a service's (systemd's MemoryMax), a container's.
struct CgroupLimits {
  std::uint64_t memory_bytes = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t used_bytes = 0;  // of that memory, what no file in memory gives back
  double cores = std::numeric_limits<double>::infinity();
};

// Both versions (https://docs.kernel.org/admin-guide/cgroup-v2.html, cgroup-v1/memory.html). `groups`: the
// process's, by controller; `mount`: where their files are. What cannot be read limits nothing.
CgroupLimits cgroup_limits(const std::filesystem::path& groups = "/proc/self/cgroup",
                           const std::filesystem::path& mount = "/sys/fs/cgroup");

// The figure after a name at the beginning of a line of a kernel's file; `otherwise` where there is none.
std::uint64_t figure_in(const std::filesystem::path& file, std::string_view name,
                        std::uint64_t otherwise = 0);

}  // namespace framegen
