// cgroup_test.cpp: groups as kernels, services and containers lay them out, written into a folder.
#include "core/cgroup.hpp"

#include <gtest/gtest.h>

#include <string_view>

#include "core/files.hpp"
#include "support/program.hpp"

namespace framegen {
namespace {

class Cgroup : public ::testing::Test {
 protected:
  void write(const std::string& file, std::string_view words) {
    std::error_code ignored;
    std::filesystem::create_directories((folder_ / file).parent_path(), ignored);
    ASSERT_TRUE(write_file(folder_ / file, words));
  }
  CgroupLimits limits() const { return cgroup_limits(folder_ / "groups", folder_ / "mount"); }

  test::TemporaryFolder folder_;
  const CgroupLimits none_;
};

TEST_F(Cgroup, WhereNothingCanBeReadNothingIsLimited) {
  EXPECT_EQ(limits().memory_bytes, none_.memory_bytes);
  EXPECT_EQ(limits().cores, none_.cores);
  write("groups", "nonsense\n0:\n0::/gone\n4:memory:/gone\n");
  EXPECT_EQ(limits().memory_bytes, none_.memory_bytes);
}

TEST_F(Cgroup, AServicesLimitIsFoundAndTheOneAboveIt) {
  write("groups", "0::/system.slice/framegen.service\n");
  write("mount/system.slice/framegen.service/memory.max", "max\n");
  write("mount/system.slice/framegen.service/cpu.max", "150000 100000\n");
  write("mount/system.slice/memory.max", "600000000\n");
  write("mount/system.slice/memory.stat", "file 7000\nanon 5000\n");
  write("mount/system.slice/cpu.max", "max 100000\n");
  EXPECT_EQ(limits().memory_bytes, 600000000U);
  EXPECT_EQ(limits().used_bytes, 5000U);
  EXPECT_DOUBLE_EQ(limits().cores, 1.5);
  write("mount/system.slice/framegen.service/memory.max", "400000000\n");
  EXPECT_EQ(limits().memory_bytes, 400000000U);
  EXPECT_EQ(limits().used_bytes, 0U);
}

TEST_F(Cgroup, AContainerIsItsOwnRoot) {
  write("groups", "0::/docker/0123\n");
  write("mount/memory.max", "500000000\n");
  write("mount/cpu.max", "200000 100000\n");
  EXPECT_EQ(limits().memory_bytes, 500000000U);
  EXPECT_DOUBLE_EQ(limits().cores, 2);
}

TEST_F(Cgroup, Version1HasAFolderForEachController) {
  write("groups", "9:name=systemd:/\n4:memory:/jobs/one\n3:cpu,cpuacct:/jobs\n0::/\n");
  write("mount/memory/jobs/one/memory.limit_in_bytes", "9223372036854771712\n");
  write("mount/memory/jobs/memory.limit_in_bytes", "300000000\n");
  write("mount/memory/jobs/memory.stat", "rss 1\ntotal_rss 900\n");
  write("mount/cpu/jobs/cpu.cfs_quota_us", "50000\n");
  write("mount/cpu/jobs/cpu.cfs_period_us", "100000\n");
  write("mount/cpu/cpu.cfs_quota_us", "-1\n");
  write("mount/cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(limits().memory_bytes, 300000000U);
  EXPECT_EQ(limits().used_bytes, 900U);
  EXPECT_DOUBLE_EQ(limits().cores, 0.5);
}

}  // namespace
}  // namespace framegen
