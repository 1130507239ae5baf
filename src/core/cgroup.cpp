// cgroup.cpp: from the process's group upwards. A container sees its own group as the root, under a path
// that may not be there: what is missing is passed over.
#include "core/cgroup.hpp"

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

namespace framegen {
namespace {

namespace fs = std::filesystem;

template <typename Number>
std::optional<Number> number_in(const fs::path& file) {
  std::ifstream stream(file);
  Number number{};
  if (stream >> number) return number;
  return std::nullopt;  // "max", or no such file
}

void take_memory(const fs::path& limit, const fs::path& statistics, std::string_view used,
                 CgroupLimits& limits) {
  const auto bytes = number_in<std::uint64_t>(limit);
  if (!bytes || *bytes >= limits.memory_bytes) return;
  limits.memory_bytes = *bytes;
  limits.used_bytes = figure_in(statistics, used);
}

void take_cores(double quota, double period, CgroupLimits& limits) {
  if (quota > 0 && period > 0) limits.cores = std::min(limits.cores, quota / period);
}

void look_at_version_2(const fs::path& group, CgroupLimits& limits) {
  take_memory(group / "memory.max", group / "memory.stat", "anon", limits);
  double quota = 0, period = 0;
  std::ifstream cpu(group / "cpu.max");
  if (cpu >> quota >> period) take_cores(quota, period, limits);
}

void look_at_memory_1(const fs::path& group, CgroupLimits& limits) {
  take_memory(group / "memory.limit_in_bytes", group / "memory.stat", "total_rss", limits);
}

void look_at_cpu_1(const fs::path& group, CgroupLimits& limits) {
  const auto quota = number_in<double>(group / "cpu.cfs_quota_us"),
             period = number_in<double>(group / "cpu.cfs_period_us");
  if (quota && period) take_cores(*quota, *period, limits);
}

bool lists(std::string_view controllers, std::string_view wanted) {
  const std::string all = "," + std::string(controllers) + ",";
  return all.find("," + std::string(wanted) + ",") != std::string::npos;
}

template <typename Look>
void upwards(const fs::path& mount, std::string_view group, const Look& look) {
  for (fs::path path = fs::path(group).relative_path(); !path.empty(); path = path.parent_path())
    look(mount / path);
  look(mount);
}

}  // namespace

std::uint64_t figure_in(const fs::path& file, std::string_view name, std::uint64_t otherwise) {
  std::ifstream stream(file);
  std::uint64_t figure = 0;
  for (std::string word, rest; stream >> word; std::getline(stream, rest))
    if (word == name) return stream >> figure ? figure : otherwise;
  return otherwise;
}

CgroupLimits cgroup_limits(const fs::path& groups, const fs::path& mount) {
  CgroupLimits limits;
  std::ifstream stream(groups);
  // "4:memory:/service", and of version 2 "0::/service".
  for (std::string line; std::getline(stream, line);) {
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string_view all = line, controllers = all.substr(first + 1, second - first - 1),
                           group = all.substr(second + 1);
    if (controllers.empty())
      upwards(mount, group, [&](const fs::path& at) { look_at_version_2(at, limits); });
    if (lists(controllers, "memory"))
      upwards(mount / "memory", group, [&](const fs::path& at) { look_at_memory_1(at, limits); });
    if (lists(controllers, "cpu"))
      upwards(mount / "cpu", group, [&](const fs::path& at) { look_at_cpu_1(at, limits); });
  }
  return limits;
}

}  // namespace framegen
