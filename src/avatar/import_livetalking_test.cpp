#include "avatar/import_livetalking.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/test_files.hpp"

namespace framegen {
namespace {

using ::testing::HasSubstr;

// Protocol 2: a list of tuples of small numbers, as pickle.dump writes it.
std::vector<std::uint8_t> coords(const std::vector<std::vector<std::uint8_t>>& boxes) {
  std::vector<std::uint8_t> bytes{0x80, 2, ']', '('};
  for (const auto& box : boxes) {
    bytes.push_back('(');
    for (const std::uint8_t n : box) bytes.insert(bytes.end(), {'K', n});
    bytes.push_back('t');
  }
  bytes.insert(bytes.end(), {'e', '.'});
  return bytes;
}

void expect_no_coords(const std::vector<std::uint8_t>& bytes, const std::string& words) {
  const auto boxes = parse_coords(bytes, "coords.pkl");
  ASSERT_FALSE(boxes);
  EXPECT_EQ(boxes.error().code, ErrorCode::kBadInput);
  EXPECT_THAT(boxes.error().message(), HasSubstr(words));
}

TEST(Coords, AreTopBottomLeftRight) {
  const auto boxes = parse_coords(coords({{10, 50, 20, 80}, {1, 2, 3, 4}}), "coords.pkl");
  ASSERT_TRUE(boxes) << boxes.error().message();
  EXPECT_EQ(*boxes, (std::vector<Rectangle>{{20, 10, 60, 40}, {3, 1, 1, 1}}));
}

TEST(Coords, OtherPicklesAreRefusedWithTheirFrame) {
  expect_no_coords(coords({{1, 2, 3, 4}, {1, 2, 3}}), "coords.pkl: frame 1: is not four whole numbers");
  expect_no_coords(coords({{5, 5, 1, 9}}), "frame 0: is a box without a pixel");
  expect_no_coords({0x80, 2, '}', '.'}, "does not hold a list of boxes");
  const std::string call = "cposix\nsystem\n(S'true'\ntR.";
  expect_no_coords({call.begin(), call.end()}, "posix.system");
  expect_no_coords({}, "coords.pkl");
}

class ImportLivetalking : public ::testing::Test {
 protected:
  test::TemporaryFolder folder_;
  LivetalkingImport request_;

  void SetUp() override {
    for (int i = 0; i < 12; ++i)
      test::put(folder_ / ("lt/full_imgs/" + std::string(i < 10 ? "0" : "") + std::to_string(i) + ".png"),
                test::png_of(test::noise(32, 24, static_cast<std::uint64_t>(i))));
    test::put(folder_ / "lt/full_imgs/notes.txt", "not a picture");
    test::put(folder_ / "lt/coords.pkl", coords(std::vector<std::vector<std::uint8_t>>(12, {2, 20, 3, 30})));
    test::put(folder_ / "g.onnx", "network");
    request_.folder = folder_ / "lt";
    request_.generator = folder_ / "g.onnx";
    request_.avatar = folder_ / "made";
    request_.manifest.name = "lt";
    request_.manifest.audio = {
        .features = std::string(kDirectFeatures), .first = 0, .last = 0, .shape = {1, 80, 16}};
  }
  void expect_refusal(const std::string& words) {
    const Status status = import_livetalking(request_);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kBadInput);
    EXPECT_THAT(status.error().message(), HasSubstr(words));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "made"));
  }
};

TEST_F(ImportLivetalking, TakesPicturesInTheOrderOfTheirNumbers) {
  const Status status = import_livetalking(request_);
  ASSERT_TRUE(status) << status.error().message();
  const auto manifest = read_manifest(folder_ / "made" / "avatar.json");
  ASSERT_TRUE(manifest) << manifest.error().message();
  EXPECT_EQ(manifest->frames.size(), 12U);
  EXPECT_EQ(manifest->frames[9], "frames/09.png");
  EXPECT_EQ(manifest->boxes[11], (Rectangle{3, 2, 27, 18}));
  EXPECT_EQ(manifest->width, 32);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "made" / "audio_encoder.onnx"));
}

TEST_F(ImportLivetalking, EveryPictureNeedsABoxInsideIt) {
  test::put(folder_ / "lt/coords.pkl", coords({{2, 20, 3, 30}}));
  expect_refusal("coords.pkl: has 1 boxes");
  std::vector<std::vector<std::uint8_t>> boxes(12, {2, 20, 3, 30});
  boxes[7] = {24, 30, 3, 30};
  test::put(folder_ / "lt/coords.pkl", coords(boxes));
  expect_refusal("coords.pkl: frame 7: face box at x 3, y 24 does not begin inside the 32×24 picture");
}

TEST_F(ImportLivetalking, WhatIsMissingOrBrokenIsNamed) {
  test::put(folder_ / "lt/full_imgs/05.png", "no picture");
  expect_refusal("05.png");
  test::put(folder_ / "lt/full_imgs/cover.png", "no picture");
  expect_refusal("cover.png: has no number for its name");
  std::filesystem::remove_all(folder_ / "lt/full_imgs");
  expect_refusal("full_imgs: cannot be read");
}

}  // namespace
}  // namespace framegen
