// file_guard_test.cpp: whatever name an output comes by, it is no input and no other output.
#include "core/file_guard.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace framegen {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class FileGuard : public ::testing::Test {
 protected:
  fs::path folder_ = fs::path(::testing::TempDir()) / ("file_guard_" + std::to_string(::getpid()));
  void SetUp() override {
    fs::create_directories(folder_ / "avatar");
    for (const char* name : {"a.wav", "b.wav", "avatar/avatar.json"}) std::ofstream(folder_ / name) << "x";
  }
  void TearDown() override { fs::remove_all(folder_); }

  Status check(const std::vector<fs::path>& inputs, const std::vector<fs::path>& outputs) {
    std::vector<NamedFile> in, out;
    for (const auto& path : inputs) in.push_back({"--audio", path});
    for (const auto& path : outputs) out.push_back({"--output", path});
    return check_outputs(in, out);
  }
  void expect_refused(const std::vector<fs::path>& inputs, const std::vector<fs::path>& outputs,
                      const std::string& words) {
    const Status status = check(inputs, outputs);
    ASSERT_FALSE(status.ok()) << words;
    EXPECT_EQ(status.error().code, ErrorCode::kBadUse);
    EXPECT_THAT(status.error().message(), HasSubstr(words));
  }
};

TEST_F(FileGuard, AnInputIsNoOutputByAnyName) {
  fs::create_symlink("a.wav", folder_ / "link.wav");
  fs::create_hard_link(folder_ / "a.wav", folder_ / "hard.wav");
  for (const fs::path& name : {folder_ / "a.wav", folder_ / "link.wav", folder_ / "hard.wav",
                               folder_ / "avatar/../a.wav", fs::relative(folder_ / "a.wav")}) {
    SCOPED_TRACE(name);
    expect_refused({folder_ / "a.wav"}, {name}, "is the same file as --audio");
  }
  EXPECT_TRUE(check({folder_ / "a.wav"}, {folder_ / "b.wav"}).ok());
}

TEST_F(FileGuard, TwoOutputsAreTwoFilesThoughNeitherIsThereYet) {
  fs::create_directory_symlink("avatar", folder_ / "other");
  fs::create_symlink("new.mp4", folder_ / "to_nothing.mp4");
  expect_refused({}, {folder_ / "new.mp4", folder_ / "./new.mp4"}, "written too");
  expect_refused({}, {folder_ / "new.mp4", folder_ / "to_nothing.mp4"}, "written too");
  expect_refused({}, {folder_ / "avatar/new.mp4", folder_ / "other/new.mp4"}, "written too");
  expect_refused({}, {"-", "-"}, "written too");
  EXPECT_TRUE(check({}, {folder_ / "new.mp4", folder_ / "new.json", "-"}).ok());
}

TEST_F(FileGuard, AFolderThatIsReplacedHoldsNoInputAndAFolderThatIsReadKeepsItsFiles) {
  expect_refused({folder_ / "avatar"}, {folder_ / "avatar"}, "which is read");
  expect_refused({folder_ / "a.wav"}, {folder_}, "would replace --audio");
  expect_refused({folder_ / "avatar"}, {folder_ / "avatar/avatar.json"}, "is a file of --audio");
  EXPECT_TRUE(check({folder_ / "avatar"}, {folder_ / "avatar/new.json"}).ok());
  EXPECT_TRUE(check({folder_ / "a.wav"}, {folder_ / "avatar"}).ok());
}

TEST_F(FileGuard, DevicesMayBeShared) { EXPECT_TRUE(check({"/dev/null"}, {"/dev/null", "/dev/null"}).ok()); }

TEST_F(FileGuard, LinksAreFollowedToTheirEnd) {
  fs::create_symlink("second", folder_ / "first");
  fs::create_symlink(folder_ / "nothing", folder_ / "second");
  fs::create_symlink("round", folder_ / "round");
  EXPECT_EQ(through_links(folder_ / "first"), folder_ / "nothing");
  EXPECT_EQ(through_links(folder_ / "a.wav"), folder_ / "a.wav");
  EXPECT_EQ(through_links(folder_ / "round").filename(), "round");
}

}  // namespace
}  // namespace framegen
