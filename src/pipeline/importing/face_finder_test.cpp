#include "pipeline/importing/face_finder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/files.hpp"
#include "core/image.hpp"
#include "nn/onnx/onnx_builder.hpp"
#include "support/program.hpp"

namespace framegen {
namespace {

using test::TemporaryFolder;
using ::testing::HasSubstr;

constexpr int kWidth = 640, kHeight = 360;

class FaceFinderTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  std::vector<std::string> warnings_;
  Image picture_{kWidth, kHeight};

  Result<std::unique_ptr<FaceFinder>> make(const VideoFaces& faces) {
    return FaceFinder::make(faces, [this](LogLevel, std::string_view text) { warnings_.emplace_back(text); });
  }
  std::filesystem::path put(const std::string& name, const std::string& text) {
    EXPECT_TRUE(write_file(folder_ / name, text));
    return folder_ / name;
  }
  void expect_refusal(const VideoFaces& faces, ErrorCode code, const std::string& words) {
    const auto finder = make(faces);
    ASSERT_FALSE(finder);
    EXPECT_EQ(finder.error().code, code);
    EXPECT_THAT(finder.error().message(), HasSubstr(words));
  }
  // A network that sees the light in its square: four points, a third of the square left, right, above and
  // below the centre of `brightness` pixels of white among 32×32.
  std::filesystem::path light_model(double brightness, const Shape& output = {1, 8, 1, 1});
  // A network that gives back what it takes; `both`: two pictures, of which the second.
  std::filesystem::path echo_model(const Shape& shape, bool both = false);
  void draw_light(int x, int y);
};

std::filesystem::path FaceFinderTest::light_model(double brightness, const Shape& output) {
  constexpr int kSide = 32;
  const float third = 1.0F / 3;
  const std::vector<float> bias{-third, 0, third, 0, 0, -third, 0, third};
  std::vector<float> weight;
  for (int k = 0; k < 8; ++k)
    for (int c = 0; c < 3; ++c)
      for (int y = 0; y < kSide; ++y)
        for (int x = 0; x < kSide; ++x)
          weight.push_back(static_cast<float>(((k % 2 == 0 ? x : y) + 0.5) / kSide / (3 * brightness)));
  OnnxBuilder builder("light");
  builder.add_input({"picture", {-1, 3, kSide, kSide}});
  builder.add_output({"points", output});
  builder.add_initializer("w", Shape{8, 3, kSide, kSide}, weight);
  builder.add_initializer("b", Shape{8}, bias);
  builder.add_node({"Conv",
                    "conv",
                    {"picture", "w", "b"},
                    "points",
                    {{"kernel_shape", std::vector<std::int64_t>{kSide, kSide}}}});
  EXPECT_TRUE(write_file(folder_ / "light.onnx", *builder.bytes()));
  return folder_ / "light.onnx";
}

std::filesystem::path FaceFinderTest::echo_model(const Shape& shape, bool both) {
  OnnxBuilder builder("echo");
  builder.add_input({"picture", shape});
  if (both) builder.add_input({"more", shape});
  builder.add_output({"points", shape});
  builder.add_node({"Relu", "relu", {both ? "more" : "picture"}, "points", {}});
  EXPECT_TRUE(write_file(folder_ / "echo.onnx", *builder.bytes()));
  return folder_ / "echo.onnx";
}

void FaceFinderTest::draw_light(int x, int y) {
  std::fill_n(picture_.data(), picture_.bytes(), std::uint8_t{0});
  for (int row = y - 20; row < y + 20; ++row)
    std::fill_n(picture_.view().row(row) + std::ptrdiff_t{3} * (x - 20), 3 * 40, std::uint8_t{255});
}

TEST_F(FaceFinderTest, OneWayMustBeGiven) {
  expect_refusal({}, ErrorCode::kBadUse, "a video does not say where the face is; give one of --boxes FILE");
  VideoFaces both;
  both.boxes = "a.csv";
  both.box = Rectangle{0, 0, 9, 9};
  expect_refusal(both, ErrorCode::kBadUse, "the face's place is given twice");
}

TEST_F(FaceFinderTest, AMissingBoxNamesItsFrame) {
  VideoFaces faces;
  faces.boxes = put("boxes.csv", "frame,x,y,size\n0,10,20,30\n2,10,20,30\n");
  const auto finder = make(faces);
  ASSERT_TRUE(finder);
  EXPECT_EQ(*(*finder)->find(0, picture_), (Rectangle{10, 20, 30, 30}));
  const auto missing = (*finder)->find(1, picture_);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kBadInput);
  EXPECT_THAT(missing.error().message(),
              HasSubstr("boxes.csv: frame 1: has no box; the file has 2, the last of frame 2; give one"));
}

TEST_F(FaceFinderTest, MoreBoxesThanFramesAreWarnedOf) {
  VideoFaces faces;
  faces.boxes = put("boxes.json", "[[1,1,9],[1,1,9],[1,1,9]]");
  const auto finder = make(faces);
  ASSERT_TRUE(finder);
  (*finder)->finish(3);
  EXPECT_THAT(warnings_, ::testing::IsEmpty());
  (*finder)->finish(2);
  EXPECT_THAT(warnings_,
              ::testing::ElementsAre(HasSubstr("has boxes up to frame 2, the video has 2 frames")));
}

TEST_F(FaceFinderTest, ABoxOverAnEdgeNamesItsFrame) {
  VideoFaces faces;
  faces.boxes = put("boxes.csv", "-1,20,30\n10,-5,30\n640,20,30\n600,300,300\n");
  const auto finder = make(faces);
  ASSERT_TRUE(finder);
  for (const int frame : {0, 1}) {
    const auto box = (*finder)->find(frame, picture_);
    ASSERT_FALSE(box);
    EXPECT_THAT(
        box.error().message(),
        HasSubstr("frame " + std::to_string(frame) + ": face box at x " + (frame == 0 ? "-1" : "10") +
                  ", y " + (frame == 0 ? "20" : "-5") + " begins left of or above the 640×360 picture"));
  }
  EXPECT_THAT((*finder)->find(2, picture_).error().message(),
              HasSubstr("frame 2: face box at x 640, y 20 lies outside"));
  EXPECT_TRUE(
      (*finder)->find(3, picture_));  // over the right and bottom edge: cut on use, as the reference does
}

TEST_F(FaceFinderTest, LandmarksOfEachFrameAreRead) {
  VideoFaces faces;
  faces.landmarks = "tests/golden/pipeline/dataset/landmarks";
  const auto finder = make(faces);
  ASSERT_TRUE(finder);
  EXPECT_TRUE((*finder)->find(0, picture_));
  const auto missing = (*finder)->find(12, picture_);
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message(), HasSubstr("landmarks/12.lms: cannot be"));
  EXPECT_THAT(missing.error().message(), HasSubstr("give landmarks for every frame at 25 frames a second"));
  (*finder)->finish(11);
  EXPECT_THAT(warnings_, ::testing::ElementsAre(HasSubstr("has landmarks of frames that the video has not")));
}

TEST_F(FaceFinderTest, ANetworksPointsAreFollowedThroughTheFilm) {
  VideoFaces faces;
  faces.landmark_model = light_model(40.0 * 40 * 32 * 32 / (192 * 192));
  faces.landmark_points = std::array{0, 1, 2};
  faces.box = Rectangle{200, 80, 192, 192};
  const auto finder = make(faces);
  ASSERT_TRUE(finder) << finder.error().message();
  EXPECT_EQ((*finder)->default_smoothing(), 5);
  for (int frame = 0; frame < 20; ++frame) {
    SCOPED_TRACE(frame);
    const int x = 310 + 9 * frame, y = 180 + frame;
    draw_light(x, y);
    const auto box = (*finder)->find(frame, picture_);
    ASSERT_TRUE(box) << box.error().message();
    EXPECT_NEAR(box->x, x - 64, 2);
    EXPECT_NEAR(box->y, y - 64, 2);
    EXPECT_NEAR(box->width, 128, 2);
    EXPECT_EQ(box->width, box->height);
  }
}

TEST_F(FaceFinderTest, AFaceThatIsLostNamesItsFrame) {
  VideoFaces faces;
  faces.landmark_model = light_model(-1e-4);  // points flee far outside
  faces.landmark_points = std::array{0, 1, 2};
  draw_light(320, 180);
  const auto box = (*make(faces))->find(0, picture_);
  ASSERT_FALSE(box);
  EXPECT_EQ(box.error().code, ErrorCode::kBadInput);
  EXPECT_THAT(box.error().message(), HasSubstr("light.onnx: frame 0: "));
}

TEST_F(FaceFinderTest, NetworksThatFindNoPointsAreRefused) {
  VideoFaces faces;
  faces.landmark_model = light_model(1);
  expect_refusal(faces, ErrorCode::kBadUse, "gives 4 points, a numbering that is not known here; say which");
  faces.landmark_points = std::array{0, 1, 4};
  expect_refusal(faces, ErrorCode::kBadUse, "point 4 is not among the 4 of");
  for (const Shape& shape :
       {Shape{1, 1, 32, 32}, Shape{1, 3, 32, 48}, Shape{1, 3, 8, 8}, Shape{2, 3, 32, 32}, Shape{3, 32, 32}}) {
    faces.landmark_model = echo_model(shape);
    expect_refusal(faces, ErrorCode::kBadAvatar, "its input is ");
  }
  faces.landmark_model = echo_model({1, 3, 32, 32}, true);
  expect_refusal(faces, ErrorCode::kBadAvatar, "has 2 inputs, expected one");
  faces.landmark_model = echo_model({1, 3, 128, 128});
  expect_refusal(faces, ErrorCode::kBadAvatar, "its output 'points' is ");
  faces.landmark_model = put("text.onnx", "no network");
  expect_refusal(faces, ErrorCode::kBadAvatar, "text.onnx");
}

}  // namespace
}  // namespace framegen
