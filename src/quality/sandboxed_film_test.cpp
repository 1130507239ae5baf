// sandboxed_film_test.cpp: what a child behind walls says of a film is what the film is.
#include "quality/sandboxed_film.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quality/film_fixture.hpp"

namespace framegen {
namespace {

using ::testing::HasSubstr;

class SandboxedFilm : public test::FilmTest {
 protected:
  void SetUp() override {
    FilmTest::SetUp();
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "a sanitizer asks the system for more than is allowed behind the walls";
#endif
  }
  std::unique_ptr<sandbox::Zygote> zygote_ = *sandbox::Zygote::start({&decode_film}, {});
};

TEST_F(SandboxedFilm, IsTheSameForEveryLook) {
  write_frames(4);
  ASSERT_TRUE(film("-framerate 30000/1001", "-vf setfield=tff -flags +ilme+ildct -c:v ffv1 -pix_fmt bgr0",
                   "fields.mkv"));
  for (const FrameLook look : {FrameLook{}, FrameLook{.as_seen = true}, FrameLook{.longest_side = 25},
                               FrameLook{.as_seen = true, .longest_side = 24}}) {
    SCOPED_TRACE(look.longest_side);
    const auto there = FrameReader::open(folder_ / "fields.mkv", look, zygote_.get()),
               here = FrameReader::open(folder_ / "fields.mkv", look);
    ASSERT_TRUE(there.ok() && here.ok());
    EXPECT_EQ((*there)->fps_numerator(), (*here)->fps_numerator());
    EXPECT_EQ((*there)->fps_denominator(), (*here)->fps_denominator());
    EXPECT_EQ((*there)->frames_expected(), (*here)->frames_expected());
    for (int i = 0; i < 4; ++i) {
      const auto theirs = (*there)->next(), ours = (*here)->next();
      ASSERT_TRUE(theirs.ok() && *theirs != nullptr) << i;
      EXPECT_TRUE(test::same_pixels(**theirs, **ours)) << i;
      EXPECT_EQ((*there)->time_s(), (*here)->time_s());
      EXPECT_EQ((*there)->full_width(), kWidth);
      EXPECT_EQ((*there)->full_height(), kHeight);
      EXPECT_EQ((*there)->lossy(), (*here)->lossy());
    }
    EXPECT_EQ(*(*there)->next(), nullptr);
  }
}

TEST_F(SandboxedFilm, KnowsItsFramesAndThatColoursWereLost) {
  write_frames(3);
  ASSERT_TRUE(film("-framerate 24", "-c:v mpeg4 -q:v 2", "v.mp4"));
  const auto there = FrameReader::open(folder_ / "v.mp4", {}, zygote_.get());
  ASSERT_TRUE(there.ok()) << there.error().message();
  EXPECT_EQ((*there)->frames_expected(), 3);
  EXPECT_EQ((*there)->fps_numerator(), 24);
  ASSERT_TRUE((*there)->next().ok());
  EXPECT_TRUE((*there)->lossy());
}

TEST_F(SandboxedFilm, WhatIsNoFilmIsOneError) {
  const auto text = FrameReader::open("README.md", {}, zygote_.get());
  ASSERT_FALSE(text.ok());
  EXPECT_EQ(text.error().code, ErrorCode::kBadInput);
  EXPECT_THAT(text.error().message(), HasSubstr("README.md: "));
}

}  // namespace
}  // namespace framegen
