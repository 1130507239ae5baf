// face_tracker_test.cpp: detector, mesh and tracker on the default avatar, who is rendered, against the
// points that MediaPipe's own program finds (tests/golden/README.md).
#include "pipeline/importing/faces/face_tracker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "core/files.hpp"
#include "core/npy.hpp"
#include "face/resize.hpp"
#include "media/image_decoder.hpp"
#include "support/program.hpp"

namespace framegen {
namespace {

constexpr const char* kNetworks = "assets/face";

Image ava(int frame) {
  const std::string name = "assets/avatars/ava/template/" + std::to_string(frame) + ".jpg";
  const auto bytes = read_file(name, std::size_t{1} << 24);
  Image picture;
  EXPECT_TRUE(bytes && ImageDecoder().decode(*bytes, name, picture));
  return picture;
}

FaceTracker tracker() {
  auto opened = FaceTracker::open(kNetworks);
  EXPECT_TRUE(opened) << opened.error().message();
  return *std::move(opened);
}

// A grey picture with another one, scaled, at x, y.
Image on_grey(int width, int height) {
  Image picture(width, height);
  std::fill_n(picture.data(), picture.bytes(), std::uint8_t{110});
  return picture;
}
void put(const Image& from, Image& to, const Rectangle& at) {
  ASSERT_TRUE(resize(from, Interpolation::kArea, to.view().crop(at.x, at.y, at.width, at.height)));
}

TEST(FaceTracker, FindsThePointsThatMediaPipesOwnProgramFinds) {
  const auto golden = read_npy("tests/golden/faces/ava_points.npy");
  ASSERT_TRUE(golden);
  const std::vector<float> truth = *npy_values<float>(*golden);
  FaceTracker follows = tracker();
  std::vector<FaceSight> faces;
  for (std::size_t frame = 0; frame < 3; ++frame) {
    SCOPED_TRACE(frame);
    ASSERT_TRUE(follows.next(ava(static_cast<int>(31 * frame)), false, faces));
    ASSERT_EQ(faces.size(), 1U);
    EXPECT_TRUE(faces[0].confirmed);
    const FacePoints& points = follows.points(0);
    double sum = 0;
    for (std::size_t i = 0; i < mesh_point::kCount; ++i) {
      const float* at = truth.data() + 2 * (frame * mesh_point::kCount + i);
      sum += std::hypot(points[i].x - at[0], points[i].y - at[1]);
    }
    EXPECT_LE(sum / static_cast<double>(mesh_point::kCount), 0.01 * points.eye_distance());
    EXPECT_NEAR(points.yaw_degrees(), 0, 15);
    EXPECT_LT(points.lip_opening(), 0.01);
  }
}

// As large as in a film of 4K, as small as in a wide shot: the points stay on the face.
TEST(FaceTracker, FindsFacesOfAnySize) {
  const Image person = ava(0);
  FaceTracker at_home = tracker();
  std::vector<FaceSight> own, faces;
  ASSERT_TRUE(at_home.next(person, false, own));
  ASSERT_EQ(own.size(), 1U);
  for (const double scale : {3.0, 0.5, 0.125}) {
    SCOPED_TRACE(scale);
    const int width = static_cast<int>(scale * 1280), height = static_cast<int>(scale * 720);
    const int x = scale < 1 ? 500 : 0, y = scale < 1 ? 300 : 0;
    Image picture = on_grey(std::max(1280, width), std::max(720, height));
    put(person, picture, {x, y, width, height});
    FaceTracker finds = tracker();
    ASSERT_TRUE(finds.next(picture, false, faces));
    ASSERT_EQ(faces.size(), 1U);
    const double within = 0.02 * scale * own[0].side + 0.5;
    EXPECT_NEAR(faces[0].left.x, x + scale * own[0].left.x, within);
    EXPECT_NEAR(faces[0].right.x, x + scale * own[0].right.x, within);
    EXPECT_NEAR(faces[0].bridge.y, y + scale * own[0].bridge.y, within);
  }
}

TEST(FaceTracker, KnowsTwoPeopleApartAndWhoComesBack) {
  const Image person = ava(0);
  Image both = on_grey(1280, 720), one = on_grey(1280, 720);
  put(person, both, {0, 100, 640, 360});
  put(person, one, {0, 100, 640, 360});
  put(person, both, {640, 300, 640, 360});
  FaceTracker follows = tracker();
  std::vector<FaceSight> faces;
  ASSERT_TRUE(follows.next(both, false, faces));
  ASSERT_EQ(faces.size(), 2U);
  const int left = faces[0].centre.x < faces[1].centre.x ? faces[0].face : faces[1].face;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(follows.next(one, false, faces));
  ASSERT_EQ(faces.size(), 1U);
  EXPECT_EQ(faces[0].face, left);
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(follows.next(both, false, faces));
  ASSERT_EQ(faces.size(), 2U);
  EXPECT_LT(faces[0].face, 2);
  EXPECT_LT(faces[1].face, 2);
}

TEST(FaceTracker, LosesAFaceThatIsGone) {
  const Image person = ava(0);
  FaceTracker follows = tracker();
  std::vector<FaceSight> faces;
  ASSERT_TRUE(follows.next(person, false, faces));
  ASSERT_EQ(faces.size(), 1U);
  ASSERT_TRUE(follows.next(on_grey(1280, 720), false, faces));
  EXPECT_THAT(faces, ::testing::IsEmpty());
}

TEST(FaceTracker, NetworksThatAreOthersOrMissingAreTold) {
  const auto missing = FaceTracker::open("no/such/folder");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message(), ::testing::HasSubstr("detector.onnx"));
  const auto other = FaceMesh::open("assets/face/detector.onnx");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::kBadAvatar);
  EXPECT_THAT(other.error().message(), ::testing::HasSubstr("is no face mesh of 468 points"));
  const auto mesh = FaceDetector::open("assets/face/mesh.onnx");
  ASSERT_FALSE(mesh);
  EXPECT_THAT(mesh.error().message(), ::testing::HasSubstr("is no face detector"));
}

TEST(FaceMesh, FitsAFaceThatIsTurnedOnItsSide) {
  const Image person = ava(0);
  Image lying(720, 1280);
  for (int y = 0; y < 1280; ++y)
    for (int x = 0; x < 720; ++x)  // a quarter clockwise
      std::copy_n(person.view().row(719 - x) + std::ptrdiff_t{3} * y, 3,
                  lying.view().row(y) + std::ptrdiff_t{3} * x);
  auto mesh = FaceMesh::open("assets/face/mesh.onnx");
  ASSERT_TRUE(mesh);
  FaceTracker upright = tracker();
  std::vector<FaceSight> faces;
  ASSERT_TRUE(upright.next(person, false, faces));
  ASSERT_EQ(faces.size(), 1U);
  const FacePoints& own = upright.points(0);
  FaceSquare square = square_round(own);
  square.centre = {720 - square.centre.y, square.centre.x};
  square.angle += 1.5707963267948966;
  FacePoints points;
  ASSERT_TRUE(mesh->fit(lying, square, points));
  EXPECT_GT(points.presence, 0.9);
  for (const std::size_t i : {mesh_point::kLeftCheek, mesh_point::kChin, mesh_point::kRightEye}) {
    EXPECT_NEAR(points[i].x, 720 - own[i].y, 0.01 * own.eye_distance());
    EXPECT_NEAR(points[i].y, own[i].x, 0.01 * own.eye_distance());
  }
}

TEST(FaceDetector, OverlapIsTheShareThatBothCover) {
  FaceDetection a, b;
  a.centre = {10, 10};
  a.width = a.height = 4;
  b = a;
  EXPECT_DOUBLE_EQ(overlap(a, b), 1);
  b.centre = {12, 10};
  EXPECT_DOUBLE_EQ(overlap(a, b), 8.0 / 24);
  b.centre = {20, 10};
  EXPECT_DOUBLE_EQ(overlap(a, b), 0);
}

}  // namespace
}  // namespace framegen
