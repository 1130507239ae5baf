// zip_archive_test.cpp: archives built byte by byte: ZIP and ZIP64, and every lie that a directory can tell.
#include "nn/checkpoint/zip_archive.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "nn/checkpoint/test_archive.hpp"

namespace framegen::checkpoint {
namespace {

using test::archive;
using test::bytes;
using ::testing::HasSubstr;

std::string refusal(const std::string& file) {
  const auto zip = ZipArchive::open(bytes(file), "z");
  return zip ? "" : zip.error().message();
}

TEST(ZipArchive, GivesStoredEntriesBackInBothForms) {
  for (const bool zip64 : {false, true}) {
    const std::string file =
        archive({{"a/data.pkl", "hello"}, {"a/data/0", ""}, {"a/data/1", "world"}}, zip64);
    const auto zip = ZipArchive::open(bytes(file), "z");
    ASSERT_TRUE(zip) << zip.error().message();
    EXPECT_EQ(as_text(*zip->read("a/data.pkl")), "hello");
    EXPECT_EQ(as_text(*zip->read("a/data/0")), "");
    EXPECT_EQ(as_text(*zip->read("a/data/1")), "world");
    EXPECT_EQ(*zip->root_of("data.pkl"), "a");
    EXPECT_TRUE(zip->has_folder("a/data/"));
    EXPECT_FALSE(zip->has_folder("a/code/"));
    EXPECT_FALSE(zip->read("a/none"));
  }
}

TEST(ZipArchive, CompressedAndEncryptedEntriesAreRefusedWhenRead) {
  const std::string file = archive({{"a/x", "data", 8}, {"a/y", "data", 0, 1}});
  const auto zip = ZipArchive::open(bytes(file), "z");
  ASSERT_TRUE(zip);
  EXPECT_THAT(zip->read("a/x").error().message(), HasSubstr("is compressed, which torch.save never does"));
  EXPECT_THAT(zip->read("a/y").error().message(), HasSubstr("is encrypted"));
}

TEST(ZipArchive, NamesThatLeadOutAreRefused) {
  for (const std::string& name :
       {std::string("../x"), std::string("a/../../x"), std::string("/etc/passwd"), std::string("a\\x"),
        std::string("a/.."), std::string("a\0b", 3), std::string()})
    EXPECT_THAT(refusal(archive({{name, "data"}})), HasSubstr("leads out of its folder"));
  EXPECT_EQ(refusal(archive({{"a/..b", "data"}, {"a/.data/x", "data"}})), "");
}

TEST(ZipArchive, LiesOfTheDirectoryAreFound) {
  const std::string longer(100, 'x');
  EXPECT_THAT(refusal(archive({{"a", longer}, {"a", longer}})), HasSubstr("appears twice"));
  EXPECT_THAT(refusal(archive({{.name = "a", .data = longer, .size_shift = 10}, {"b", longer}})),
              HasSubstr("'a' and 'b' overlap"));
  EXPECT_THAT(refusal(archive({{.name = "a", .data = longer, .header_shift = 1}})),
              HasSubstr("is not where the directory says"));
  EXPECT_THAT(refusal(archive({{.name = "a", .data = longer, .size_shift = 100000}})),
              HasSubstr("leaves the file"));
  EXPECT_THAT(refusal(archive(
                  {{.name = "a", .data = longer, .size_shift = -1 - 100 + (std::int64_t{1} << 62)}}, true)),
              HasSubstr("leaves the file"));
  EXPECT_THAT(refusal(archive({{.name = "a", .data = longer, .header_shift = std::int64_t{-1}}}, true)),
              HasSubstr("is not where the directory says"));
  EXPECT_THAT(refusal(archive({{.name = "a", .data = longer, .unpacked_shift = 1 << 30}})),
              HasSubstr("two different sizes"));
  EXPECT_THAT(refusal(archive({{.name = "a", .data = longer, .local_name = "b"}})),
              HasSubstr("another name in front of its data"));
  EXPECT_THAT(refusal(archive({{"a", longer}}, false, 1)), HasSubstr("directory broken"));
  EXPECT_THAT(refusal(archive({{"a", longer}}, true, std::uint64_t{1} << 60)),
              HasSubstr("more than any checkpoint"));
}

TEST(ZipArchive, TwoEntriesThatShareTheirDataOverlap) {
  // Both directory entries tell the first one's place: a bomb that names the same bytes many times.
  const std::string longer(100, 'x');
  const std::int64_t one = 30 + 1 + 3 + 100;
  EXPECT_THAT(refusal(archive({{"a", longer}, {.name = "b", .data = longer, .header_shift = -one}})),
              HasSubstr("another name in front of its data"));
}

TEST(ZipArchive, AnEntryMustEndBeforeTheDirectory) {
  const std::string longer(100, 'x');
  EXPECT_THAT(refusal(archive({{.name = "a", .data = longer, .size_shift = 20}})),
              HasSubstr("'a' reaches into the ZIP directory"));
}

TEST(ZipArchive, AThousandNamesForTheSameBytesAreRefused) {
  // Each directory entry is right by itself: same name, same place.
  const std::string longer(100, 'x');
  std::vector<test::Part> parts;
  for (int i = 0; i < 1000; ++i)
    parts.push_back({.name = "a", .data = longer, .header_shift = -i * std::int64_t{30 + 1 + 3 + 100}});
  EXPECT_THAT(refusal(archive(parts)), HasSubstr("appears twice"));
}

TEST(ZipArchive, TwoRootsOrNoneAreRefused) {
  const std::string two = archive({{"a/data.pkl", "x"}, {"b/data.pkl", "y"}}),
                    none = archive({{"deep/er/data.pkl", "x"}});
  EXPECT_THAT(ZipArchive::open(bytes(two), "z")->root_of("data.pkl").error().message(),
              HasSubstr("two checkpoints"));
  EXPECT_THAT(ZipArchive::open(bytes(none), "z")->root_of("data.pkl").error().message(),
              HasSubstr("without 'data.pkl'"));
}

TEST(ZipArchive, ACutOneHasNoDirectory) {
  const std::string file = archive({{"a", "data"}});
  for (std::size_t size = 0; size < file.size(); ++size) EXPECT_NE(refusal(file.substr(0, size)), "") << size;
}

}  // namespace
}  // namespace framegen::checkpoint
