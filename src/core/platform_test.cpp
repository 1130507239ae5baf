// platform_test.cpp: what platform.hpp promises, of whichever body it is linked with: core_test has the one
// in use, platform_portable_test the one for every other system.
#include "core/platform.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

namespace framegen {
namespace {

TEST(Platform, ItsOwnProgramIsThisTestOrNotTold) {
  const auto program = platform::own_program();
  if (program.empty()) GTEST_SKIP() << "this system does not tell";
  EXPECT_TRUE(std::filesystem::is_regular_file(program));
  EXPECT_NE(program.filename().string().find("_test"), std::string::npos) << program;
}

TEST(Platform, APipeCarriesBytesAndIsNotInherited) {
  std::array<int, 2> ends{-1, -1};
  ASSERT_TRUE(platform::make_pipe(ends));
  EXPECT_EQ(::write(ends[1], "ab", 2), 2);
  char got[2] = {};
  EXPECT_EQ(::read(ends[0], got, 2), 2);
  EXPECT_EQ(std::string(got, 2), "ab");
  for (const int end : ends) {
    EXPECT_NE(::fcntl(end, F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_EQ(::close(end), 0);
  }
}

TEST(Platform, WithoutDescriptorsThereIsNoPipeAndErrnoSaysWhy) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {  // a limit of its own: the test program keeps its descriptors
    const rlimit few{1, 1};
    ::setrlimit(RLIMIT_NOFILE, &few);
    std::array<int, 2> ends{-1, -1};
    ::_exit(!platform::make_pipe(ends) && errno == EMFILE ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(Platform, MemoryKeepsWhatIsInItWhateverIsWishedForIt) {
  std::vector<unsigned char> block(std::size_t{8} << 20, 7);
  platform::wish_for_huge_pages(block.data(), block.size());
  platform::give_memory_back();
  EXPECT_EQ(block, std::vector<unsigned char>(block.size(), 7));
}

TEST(Platform, ResidentMemoryGrowsByWhatIsTouchedAndTheMostSoFarIsNoLess) {
  const std::uint64_t before = platform::resident_bytes();
  std::vector<unsigned char> block(std::size_t{64} << 20, 1);
  EXPECT_EQ(block.back(), 1);
  const std::uint64_t now = platform::resident_bytes();
  EXPECT_GT(before, std::uint64_t{1} << 20);
  EXPECT_GT(now, before + (std::uint64_t{32} << 20));
  EXPECT_LT(now, before + (std::uint64_t{1} << 30));
  // Linux counts resident pages in batches for each core: the two counts may differ by some of them.
  EXPECT_GE(platform::peak_resident_bytes() + (std::uint64_t{4} << 20), now);
}

TEST(Platform, CoresAndMemoryAreThoseOfSomeMachine) {
  EXPECT_GE(platform::allowed_cores(), 1);
  EXPECT_LE(platform::allowed_cores(), 4096);
  EXPECT_GT(platform::allowed_memory_bytes(), std::uint64_t{64} << 20);
  EXPECT_LT(platform::allowed_memory_bytes(), std::uint64_t{1} << 50);
  EXPECT_GT(platform::available_memory_bytes(), 0u);
  EXPECT_LE(platform::available_memory_bytes(), platform::allowed_memory_bytes());
}

TEST(Platform, WhatIsNotToldIsUnknownAndNotEmpty) {
  EXPECT_FALSE(platform::cpu_name().empty());
  EXPECT_FALSE(platform::huge_pages().empty());
}

TEST(Platform, CachesAreNotToldOrOfASizeThatExists) {
  const auto [l1, l2] = platform::caches();
  EXPECT_TRUE(l1 == 0 || (l1 >= 8192 && l1 <= (std::size_t{1} << 20))) << l1;
  EXPECT_TRUE(l2 == 0 || (l2 >= l1 && l2 <= (std::size_t{1} << 30))) << l2;
}

TEST(Platform, MixedSignsComeWithByteProductsAndBothWithArmAlone) {
  const auto arm = platform::arm_features();
  EXPECT_TRUE(arm.byte_products || !arm.mixed_sign_products);
#if !defined(__aarch64__)
  EXPECT_FALSE(arm.byte_products);
#endif
}

}  // namespace
}  // namespace framegen
