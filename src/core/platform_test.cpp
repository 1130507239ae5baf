// platform_test.cpp: what platform.hpp promises, of whichever body it is linked with: core_test has the one
// in use, platform_portable_test the one for every other system.
#include "core/platform.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <barrier>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <thread>
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

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kOwnAllocator = true;
#else
constexpr bool kOwnAllocator = false;
#endif

// Six threads at once, each with 30 MB in small pieces: what they leave when they end.
std::int64_t bytes_left_by_threads() {
  constexpr std::size_t kPiece = 100'000;
  std::free(std::malloc(300 * kPiece));  // from which glibc learns to keep as much
  const std::uint64_t before = platform::resident_bytes();
  std::barrier all(6);
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i)
    threads.emplace_back([&] {
      all.arrive_and_wait();  // one after the other, they would take over the first one's memory
      const std::vector<std::string> pieces(300, std::string(kPiece, 'x'));
      all.arrive_and_wait();
    });
  for (std::thread& thread : threads) thread.join();
  return static_cast<std::int64_t>(platform::resident_bytes()) - static_cast<std::int64_t>(before);
}

// In processes of their own: the choice cannot be taken back.
TEST(Platform, WhoKeepsLittleFreedMemoryIsAsSmallAsBeforeWhenThreadsHaveEnded) {
  if (kOwnAllocator) GTEST_SKIP() << "a sanitizer brings its own allocator";
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (!platform::keep_little_freed_memory()) ::_exit(2);
    ::_exit(bytes_left_by_threads() < (std::int64_t{20} << 20) ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 2) GTEST_SKIP() << "this system's library cannot be asked";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(Platform, ResidentMemoryGrowsByWhatIsTouchedAndTheMostSoFarIsNoLess) {
  const std::uint64_t before = platform::resident_bytes();
  std::vector<unsigned char> block(std::size_t{64} << 20, 1);
  // Or a compiler sees that nobody looks at it, and leaves it out.
  const unsigned char* volatile seen = block.data();
  EXPECT_EQ(seen[block.size() - 1], 1);
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

TEST(Platform, MixedSignsComeWithByteProductsAndAllOfThemWithArmAlone) {
  const auto arm = platform::arm_features();
  EXPECT_TRUE(arm.byte_products || !arm.mixed_sign_products);
#if !defined(__aarch64__)
  EXPECT_FALSE(arm.byte_products || arm.brief_products);
#endif
}

TEST(Platform, AllowsTileRegistersAsOftenAsItIsAsked) {
  const bool had = platform::allow_tile_registers();
  EXPECT_EQ(platform::allow_tile_registers(), had);
#if !defined(__x86_64__)
  EXPECT_FALSE(had);
#endif
}

}  // namespace
}  // namespace framegen
