#include "avatar/template_frames.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "support/allocations.hpp"
#include "support/test_files.hpp"

namespace framegen {
namespace {

constexpr int kWidth = 32, kHeight = 24;
constexpr std::uint64_t kBytes = kWidth * kHeight * 3;

class TemplateFramesTest : public testing::Test {
 protected:
  TemplateFramesTest() {
    for (int i = 0; i < 6; ++i) {
      files.push_back(std::to_string(i) + ".png");
      test::put(folder / files.back(), test::png_of(picture(i)));
    }
  }
  static Image picture(int i) { return test::noise(kWidth, kHeight, static_cast<std::uint64_t>(i)); }
  static bool is_picture(const Image& image, int i) {
    return image.bytes() == kBytes && std::memcmp(image.data(), picture(i).data(), kBytes) == 0;
  }
  TemplateFrames frames(std::uint64_t budget) { return {folder.path(), files, kWidth, kHeight, budget}; }

  test::TemporaryFolder folder;
  std::vector<std::string> files;
};

TEST_F(TemplateFramesTest, DecodesAFrameOnceWhileItIsKept) {
  TemplateFrames all = frames(100 * kBytes);
  const auto first = all.get(3);
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_TRUE(is_picture(**first, 3));
  EXPECT_EQ(all.get(3)->get(), first->get());
  EXPECT_EQ(all.kept_bytes(), kBytes);
}

TEST_F(TemplateFramesTest, KeepsNoMoreThanItsBudgetAndDropsTheLeastRecentlyUsed) {
  TemplateFrames two = frames(2 * kBytes);
  for (const int i : {0, 1, 0, 2}) ASSERT_TRUE(two.get(i));  // 1 goes
  EXPECT_EQ(two.kept_bytes(), 2 * kBytes);
  std::filesystem::remove(folder / "0.png");
  std::filesystem::remove(folder / "1.png");
  EXPECT_TRUE(two.get(0));
  EXPECT_FALSE(two.get(1));
}

TEST_F(TemplateFramesTest, WorksWithABudgetBelowOneFrame) {
  TemplateFrames none = frames(10);
  for (const int i : {0, 1, 0}) {
    const auto image = none.get(i);
    ASSERT_TRUE(image);
    EXPECT_TRUE(is_picture(**image, i));
  }
  EXPECT_EQ(none.kept_bytes(), 0U);
}

TEST_F(TemplateFramesTest, UsesTheMemoryOfDroppedFramesAgain) {
  TemplateFrames two = frames(2 * kBytes);
  std::set<const std::uint8_t*> memory;
  for (int round = 0; round < 5; ++round)
    for (int i = 0; i < 6; ++i) memory.insert((*two.get(i))->data());
  EXPECT_LE(memory.size(), 3U);
}

TEST_F(TemplateFramesTest, LeavesAFrameToWhoHoldsIt) {
  std::shared_ptr<const Image> held;
  {
    TemplateFrames one = frames(kBytes);
    held = *one.get(0);
    for (int i = 1; i < 6; ++i) ASSERT_TRUE(one.get(i));
    EXPECT_TRUE(is_picture(*held, 0));
  }
  EXPECT_TRUE(is_picture(*held, 0));  // even when all else is gone
}

TEST_F(TemplateFramesTest, NamesTheFrameThatIsBroken) {
  test::put(folder / "1.png", test::png_of(test::noise(16, 24, 1)));
  auto jpeg = test::jpeg_of(picture(2));
  jpeg.resize(jpeg.size() / 2);
  test::put(folder / "2.png", jpeg);
  std::filesystem::remove(folder / "3.png");
  TemplateFrames all = frames(100 * kBytes);
  const std::vector<std::pair<int, std::string>> expected{
      {1, "has 16×24 pixels, not 32×24"}, {2, "is a damaged or truncated JPEG"}, {3, "cannot be read"}};
  for (const auto& [index, what] : expected) {
    const auto image = all.get(index);
    ASSERT_FALSE(image);
    EXPECT_EQ(image.error().code, ErrorCode::kBadAvatar);
    EXPECT_NE(image.error().message().find(files[static_cast<std::size_t>(index)] + ": " + what),
              std::string::npos)
        << image.error().message();
  }
  EXPECT_TRUE(all.get(0));  // the others are none the worse
}

TEST_F(TemplateFramesTest, GivesManyThreadsTheirFrames) {
  TemplateFrames few = frames(3 * kBytes);
  std::vector<Image> expected;
  for (int i = 0; i < 6; ++i) expected.push_back(picture(i));
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int k = 0; k < 200; ++k) {
        const int index = (k * (t + 1) + t) % 6;
        const auto image = few.get(index);
        if (!image ||
            std::memcmp((*image)->data(), expected[static_cast<std::size_t>(index)].data(), kBytes) != 0)
          ++wrong;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_LE(few.kept_bytes(), 3 * kBytes);
}

// Wherever memory ends, in the words about it too: the next caller is not left waiting for a decoding that is
// over.
TEST_F(TemplateFramesTest, LeavesNobodyWaitingWhereMemoryEnds) {
  files.push_back("a_name_that_is_too_long_to_lie_within_the_string_itself.png");
  bool ended = true;
  for (long after = 0; ended; ++after) {
    SCOPED_TRACE(after);
    ASSERT_LT(after, 1000);
    TemplateFrames all = frames(100 * kBytes);
    for (const int i : {3, 6}) {  // a picture, and one that is not there
      test::MemoryEnds end(after);
      try {
        (void)all.get(i);
      } catch (const std::bad_alloc&) {
      }
      ended = end.reached();
    }
    const auto image = all.get(3);
    ASSERT_TRUE(image);
    EXPECT_TRUE(is_picture(**image, 3));
    EXPECT_FALSE(all.get(6));
  }
}

}  // namespace
}  // namespace framegen
