// image_part_folder_test.cpp: only whole files of the same maker and picture are taken from disk.
#include "generator/image_part_folder.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <thread>
#include <vector>

#include "core/files.hpp"
#include "core/image.hpp"
#include "generator/test_models.hpp"
#include "support/random.hpp"

namespace framegen {
namespace {

constexpr std::size_t kBytes = 1000;
constexpr std::uint64_t kPlenty = 1 << 20;

Image picture(std::uint64_t seed) {
  Image image(8, 8);
  std::ranges::copy(test::random_bytes(image.bytes(), seed), image.data());
  return image;
}

std::vector<std::byte> part_of(std::uint64_t seed) {
  std::vector<std::byte> part(kBytes);
  const auto bytes = test::random_bytes(kBytes, seed);
  std::memcpy(part.data(), bytes.data(), kBytes);
  return part;
}

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path());
  return files;
}

TEST(ImagePartFolder, FollowsNoLink) {
  const test::TemporaryFolder temporary;
  std::filesystem::create_directory(temporary.path() / "elsewhere");
  std::filesystem::create_directory_symlink(temporary.path() / "elsewhere", temporary.path() / "cache");
  ImagePartFolder folder(temporary.path() / "cache", "native/test", kBytes, kPlenty);
  EXPECT_FALSE(folder.keep(folder.key(picture(1)), part_of(1)));
  EXPECT_TRUE(files_in(temporary.path() / "elsewhere").empty());
}

TEST(ImagePartFolder, GivesBackWhatWasKept) {
  const test::TemporaryFolder temporary;
  const auto place = temporary.path() / "cache";
  const auto part = part_of(1);
  std::string key;
  {
    ImagePartFolder folder(place, "native/test", kBytes, kPlenty);
    key = folder.key(picture(1));
    EXPECT_FALSE(folder.holds(key));
    EXPECT_TRUE(folder.keep(key, part));
  }
  const ImagePartFolder again(place, "native/test", kBytes, kPlenty);
  EXPECT_EQ(again.key(picture(1)), key);
  EXPECT_TRUE(again.holds(key));
  std::vector<std::byte> found(part.size());
  ASSERT_TRUE(again.read(key, found));
  EXPECT_TRUE(std::ranges::equal(found, part));
  EXPECT_EQ(files_in(place).size(), 1u) << "no partial file is left";
}

TEST(ImagePartFolder, KnowsOtherPicturesMakersAndSizesApart) {
  const test::TemporaryFolder temporary;
  ImagePartFolder folder(temporary.path(), "native/a", kBytes, kPlenty);
  ASSERT_TRUE(folder.keep(folder.key(picture(1)), part_of(1)));
  EXPECT_FALSE(folder.holds(folder.key(picture(2))));
  const ImagePartFolder maker(temporary.path(), "native/b", kBytes, kPlenty);
  EXPECT_FALSE(maker.holds(maker.key(picture(1))));
  const ImagePartFolder size(temporary.path(), "native/a", kBytes - 1, kPlenty);
  EXPECT_FALSE(size.holds(size.key(picture(1))));
}

TEST(ImagePartFolder, TakesNoFileThatIsCutOrHasAnotherHeader) {
  const test::TemporaryFolder temporary;
  ImagePartFolder folder(temporary.path(), "native/a", kBytes, kPlenty);
  const std::string key = folder.key(picture(1));
  ASSERT_TRUE(folder.keep(key, part_of(1)));
  const auto file = files_in(temporary.path()).at(0);
  const auto whole = read_file(file);
  ASSERT_TRUE(whole);
  for (const std::size_t size : {std::size_t{0}, std::size_t{100}, std::size_t{4096}, whole->size() - 1}) {
    SCOPED_TRACE(size);
    ASSERT_TRUE(write_file(file, std::span(*whole).first(size)));
    EXPECT_FALSE(folder.holds(key));
    std::vector<std::byte> room(kBytes);
    EXPECT_FALSE(folder.read(key, room));
  }
  for (const std::size_t at :
       {std::size_t{0}, std::size_t{8}, std::size_t{16}, std::size_t{30}, std::size_t{4000}}) {
    SCOPED_TRACE(at);
    auto changed = *whole;
    changed[at] ^= 1;
    ASSERT_TRUE(write_file(file, changed));
    EXPECT_FALSE(folder.holds(key));
  }
  EXPECT_TRUE(folder.keep(key, part_of(1))) << "a bad file is replaced";
  EXPECT_TRUE(folder.holds(key));
}

TEST(ImagePartFolder, StaysWithinItsBudgetAndDropsOtherMakersFilesFirst) {
  const test::TemporaryFolder temporary;
  ImagePartFolder old(temporary.path(), "native/old", kBytes, kPlenty);
  ASSERT_TRUE(old.keep(old.key(picture(1)), part_of(1)));
  ASSERT_TRUE(old.keep(old.key(picture(2)), part_of(2)));
  std::ofstream(temporary.path() / "somebody_elses.bin") << "not ours";
  ImagePartFolder folder(temporary.path(), "native/new", kBytes, 2 * (4096 + kBytes));
  EXPECT_TRUE(folder.keep(folder.key(picture(1)), part_of(1)));
  EXPECT_TRUE(folder.keep(folder.key(picture(2)), part_of(2)));
  EXPECT_FALSE(folder.keep(folder.key(picture(3)), part_of(3)));
  EXPECT_FALSE(old.holds(old.key(picture(1))));
  EXPECT_TRUE(folder.holds(folder.key(picture(1))));
  EXPECT_EQ(files_in(temporary.path()).size(), 3u);
}

TEST(ImagePartFolder, IsSwitchedOffByAnEmptyName) {
  ImagePartFolder folder({}, "native/a", kBytes, kPlenty);
  EXPECT_EQ(folder.key(picture(1)), "");
  EXPECT_FALSE(folder.keep("", part_of(1)));
  EXPECT_FALSE(folder.holds(""));
}

TEST(ImagePartFolder, ThatCannotBeMadeKeepsNothing) {
  const test::TemporaryFolder temporary;
  std::ofstream(temporary.path() / "file") << "in the way";
  ImagePartFolder folder(temporary.path() / "file" / "cache", "native/a", kBytes, kPlenty);
  const std::string key = folder.key(picture(1));
  EXPECT_FALSE(folder.keep(key, part_of(1)));
  EXPECT_FALSE(folder.holds(key));
}

TEST(ImagePartFolder, ThatMayOnlyBeReadIsRead) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  const test::TemporaryFolder temporary;
  ImagePartFolder folder(temporary.path(), "native/a", kBytes, kPlenty);
  ASSERT_TRUE(folder.keep(folder.key(picture(1)), part_of(1)));
  std::filesystem::permissions(temporary.path(),
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  EXPECT_TRUE(folder.holds(folder.key(picture(1))));
  EXPECT_FALSE(folder.keep(folder.key(picture(2)), part_of(2)));
}

TEST(ImagePartFolder, IsSharedByTwoWritersAtOnce) {
  const test::TemporaryFolder temporary;
  const auto part = part_of(1);
  std::vector<std::thread> threads;
  for (int k = 0; k < 4; ++k)
    threads.emplace_back([&] {
      ImagePartFolder folder(temporary.path(), "native/a", kBytes, kPlenty);
      const std::string key = folder.key(picture(1));
      for (int i = 0; i < 10; ++i) {
        EXPECT_TRUE(folder.keep(key, part));
        std::vector<std::byte> found(part.size());
        EXPECT_TRUE(folder.read(key, found) && std::ranges::equal(found, part));
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(files_in(temporary.path()).size(), 1u);
}

TEST(ImagePartFolder, KnowsWhichPartEachPreparedFrameHas) {
  const test::TemporaryFolder temporary;
  ImagePartFolder folder(temporary.path(), "native/a", kBytes, {kPlenty, true});
  std::vector<std::string> keys{folder.key(picture(1)), "", folder.key(picture(2))};
  EXPECT_TRUE(folder.read_index(3).empty());  // there is none yet
  ASSERT_TRUE(folder.keep(keys[0], part_of(1)));
  ASSERT_TRUE(folder.keep(keys[2], part_of(2)));
  ASSERT_TRUE(folder.write_index(keys));
  EXPECT_EQ(ImagePartFolder(temporary.path(), "native/a", kBytes, kPlenty).read_index(3), keys);
  EXPECT_TRUE(folder.read_index(2).empty()) << "another film's";
  EXPECT_TRUE(ImagePartFolder(temporary.path(), "native/b", kBytes, kPlenty).read_index(3).empty());
  for (const auto& file : files_in(temporary.path()))
    if (file.extension() == ".bin") std::filesystem::resize_file(file, 100);
  EXPECT_EQ(folder.read_index(3), std::vector<std::string>(3)) << "all were cut";
}

TEST(ImagePartFolder, BelievesNoIndexThatIsBroken) {
  const test::TemporaryFolder temporary;
  ImagePartFolder folder(temporary.path(), "native/a", kBytes, {kPlenty, true});
  ASSERT_TRUE(folder.write_index(std::vector<std::string>(2)));
  const auto index = files_in(temporary.path()).front();
  const std::string head = read_text_file(index)->substr(0, 65);
  for (const std::string& rest : {std::string("-"), std::string("-\n-\n-\n"), std::string(10'000, 'a')}) {
    SCOPED_TRACE(rest.substr(0, 20));
    ASSERT_TRUE(write_file(index, head + rest));
    EXPECT_TRUE(folder.read_index(2).empty());
  }
  ASSERT_TRUE(write_file(index, head + "../../../../etc/passwd\n-\n"));
  EXPECT_EQ(folder.read_index(2), std::vector<std::string>(2));
}

// What was asked for stays when something else is kept by the way.
TEST(ImagePartFolder, RemovesNoPreparedFilmButForAnother) {
  const test::TemporaryFolder temporary;
  const std::uint64_t each = 4096 + kBytes;
  ImagePartFolder film(temporary.path(), "native/film", kBytes, {kPlenty, true});
  std::vector<std::string> keys;
  for (const std::uint64_t seed : {1, 2}) {
    keys.push_back(film.key(picture(seed)));
    ASSERT_TRUE(film.keep(keys.back(), part_of(seed)));
  }
  ASSERT_TRUE(film.write_index(keys));
  ImagePartFolder loop(temporary.path(), "native/loop", kBytes, each);
  EXPECT_TRUE(loop.keep(loop.key(picture(1)), part_of(1)));
  EXPECT_FALSE(loop.keep(loop.key(picture(2)), part_of(2)));
  EXPECT_EQ(film.read_index(2), keys);
  ImagePartFolder other(temporary.path(), "native/other", kBytes, {each, true});
  EXPECT_TRUE(other.keep(other.key(picture(1)), part_of(1)));
  EXPECT_EQ(film.read_index(2), std::vector<std::string>(2));
}

}  // namespace
}  // namespace framegen
