// container_test.cpp: a name says what is written, or is refused.
#include "sink/container.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace framegen {
namespace {

using ::testing::HasSubstr;

TEST(ContainerOf, AnExtensionSaysWhichItIs) {
  EXPECT_EQ(*container_of("a.mp4"), Container::kMp4);
  EXPECT_EQ(*container_of("folder.mkv/a.M4V"), Container::kMp4);
  EXPECT_EQ(*container_of("a.mov"), Container::kMov);
  EXPECT_EQ(*container_of("a.b.mkv"), Container::kMatroska);
  EXPECT_EQ(*container_of("-"), Container::kMatroska);
  EXPECT_EQ(*container_of("-.mp4"), Container::kMp4);
  EXPECT_TRUE(is_standard_output("-") && is_standard_output("-.mp4"));
  EXPECT_FALSE(is_standard_output("./-.mp4") || is_standard_output("a-.mp4"));
}

TEST(ContainerOf, OtherKindsAreRefusedByName) {
  for (const char* name : {"a.webm", "a.avi", "a.gif", "a.mp3", "a"}) {
    SCOPED_TRACE(name);
    const auto container = container_of(name);
    ASSERT_FALSE(container.ok());
    EXPECT_EQ(container.error().code, ErrorCode::kBadOutput);
    EXPECT_EQ(container.error().where, name);
  }
  EXPECT_THAT(container_of("a.gif").error().remedy, HasSubstr("ffmpeg -i a.mp4 a.gif"));
}

}  // namespace
}  // namespace framegen
