// generator_shape_test.cpp: a job that does not fit is told by its sizes.
#include "generator/generator_shape.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "core/image.hpp"

namespace framegen {
namespace {

TEST(CheckJob, NamesTheSizesThatDoNotFit) {
  Image inner(320, 320), face(160, 160), whole(320, 320);
  const std::vector<float> window(32 * 16 * 16);
  std::vector<float> output(3 * 320 * 320);
  EXPECT_TRUE(check_job({}, {3, inner, window, whole, {}}));
  EXPECT_TRUE(check_job({}, {3, inner, window, whole, output}));
  const auto status = check_job({}, {3, inner, window, face, {}});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message(),
            "generator job of template frame 3: crop 320×320, face 160×160, audio window of 8192 values "
            "where 320×320 and "
            "8192 are expected");
  EXPECT_FALSE(check_job({}, {3, inner, std::span(window).first(8191), whole, {}}));
  EXPECT_FALSE(check_job({}, {3, inner, window, whole, std::span(output).first(1)}));
}

TEST(NetworkInfo, FollowsTheFamilysSizes) {
  const NetworkInfo info =
      network_info({.image_size = 160, .audio_window = {16, 32, 32}, .audio_tensor = "sound"});
  EXPECT_EQ(info.inputs[0].shape, (Shape{-1, 6, 160, 160}));
  EXPECT_EQ(info.inputs[1].name, "sound");
  EXPECT_EQ(info.inputs[1].shape, (Shape{-1, 16, 32, 32}));
  EXPECT_EQ(info.outputs[0].shape, (Shape{-1, 3, 160, 160}));
}

}  // namespace
}  // namespace framegen
