// files_test.cpp: output appears whole or not at all.
#include "core/files.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace framegen {
namespace {

class Files : public ::testing::Test {
 protected:
  std::filesystem::path folder_ =
      std::filesystem::path(::testing::TempDir()) / ("files_test_" + std::to_string(::getpid()));
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_), {}));
  }
};

TEST_F(Files, WhatIsWrittenIsReadBack) {
  ASSERT_TRUE(write_file(folder_ / "a.txt", "hello").ok());
  EXPECT_EQ(*read_text_file(folder_ / "a.txt"), "hello");
  EXPECT_EQ(entries(), 1u);
}

TEST_F(Files, AnUncommittedFileLeavesNothingBehind) {
  {
    auto partial = PartialFile::beside(folder_ / "b.mp4");
    ASSERT_TRUE(partial.ok());
    EXPECT_EQ(entries(), 1u);
    EXPECT_EQ(partial->path().extension(), ".mp4");
  }
  EXPECT_EQ(entries(), 0u);
}

TEST_F(Files, AMissingFolderIsNamed) {
  const auto status = write_file(folder_ / "nowhere" / "x", "y");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kBadOutput);
  EXPECT_NE(status.error().message().find("nowhere"), std::string::npos);
}

TEST_F(Files, ADeviceIsNeverReplaced) {
  const auto partial = PartialFile::beside("/dev/null");
  ASSERT_FALSE(partial.ok());
  EXPECT_EQ(partial.error().code, ErrorCode::kBadOutput);
}

TEST_F(Files, AFolderIsNoFile) {
  const auto text = read_text_file(folder_);
  ASSERT_FALSE(text.ok());
  EXPECT_EQ(text.error().code, ErrorCode::kBadInput);
}

TEST_F(Files, ALargerFileThanAllowedIsRefused) {
  ASSERT_TRUE(write_file(folder_ / "big", std::string(100, 'x')).ok());
  EXPECT_FALSE(read_text_file(folder_ / "big", 99).ok());
  EXPECT_TRUE(read_text_file(folder_ / "big", 100).ok());
}

TEST_F(Files, AreReadIntoMemoryThatIsThereAndByTheirBeginning) {
  ASSERT_TRUE(write_file(folder_ / "m", "abc").ok());
  ASSERT_TRUE(write_file(folder_ / "e", "").ok());
  std::vector<std::uint8_t> bytes(1000, 7);
  ASSERT_TRUE(read_file(folder_ / "m", bytes).ok());
  EXPECT_EQ(bytes, (std::vector<std::uint8_t>{'a', 'b', 'c'}));
  EXPECT_FALSE(read_file(folder_ / "m", bytes, 2).ok());
  EXPECT_EQ(*read_first_bytes(folder_ / "m", 2), (std::vector<std::uint8_t>{'a', 'b'}));
  EXPECT_EQ(read_first_bytes(folder_ / "m", 1000)->size(), 3u);
  EXPECT_TRUE(read_first_bytes(folder_ / "e", 10)->empty());
  EXPECT_FALSE(read_first_bytes(folder_ / "none", 10).ok());
}

}  // namespace
}  // namespace framegen
