#include "avatar/boxes_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace framegen {
namespace {

using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

const Rectangle kSquare{10, 20, 30, 30}, kWide{1, 2, 30, 40};

void expect_boxes(std::string_view text, const std::map<int, Rectangle>& expected) {
  SCOPED_TRACE(text);
  const auto boxes = parse_boxes(text, "boxes");
  ASSERT_TRUE(boxes) << boxes.error().message();
  EXPECT_EQ(*boxes, expected);
}

void expect_refusal(std::string_view text, const std::string& message) {
  SCOPED_TRACE(text);
  const auto boxes = parse_boxes(text, "boxes");
  ASSERT_FALSE(boxes);
  EXPECT_EQ(boxes.error().code, ErrorCode::kBadInput);
  EXPECT_THAT(boxes.error().message(), HasSubstr(message));
}

TEST(BoxesFile, RowsWithoutAHeaderAreSquares) {
  expect_boxes("10,20,30\n\n 10 ; 20 ; 30 \r\n", {{0, kSquare}, {1, kSquare}});
}

TEST(BoxesFile, AHeaderNamesTheColumnsInAnyOrder) {
  expect_boxes("size,frame,y,x\n30,7,20,10\n30,3,20,10", {{7, kSquare}, {3, kSquare}});
  expect_boxes("x,y,width,height,score\n1,2,30,40,0.9\n", {{0, kWide}});
  expect_boxes("\xEF\xBB\xBF# Wav2Lip's order\n\"y1\",\"y2\",\"x1\",\"x2\"\n2,42,1,31\n", {{0, kWide}});
}

TEST(BoxesFile, FractionsAreRounded) { expect_boxes("9.6,20.4,29.5\n", {{0, kSquare}}); }

TEST(BoxesFile, JsonIsAListOrNamesItsFrames) {
  expect_boxes("[[10,20,30],[1,2,30,40]]", {{0, kSquare}, {1, kWide}});
  expect_boxes(R"({"5": {"rect": [1,2,31,42]}, "0": [10,20,30]})", {{5, kWide}, {0, kSquare}});
  expect_boxes(R"({"name": "ava", "boxes": [[10,20,30]]})", {{0, kSquare}});
}

TEST(BoxesFile, WrongLinesAreNamed) {
  expect_refusal("10,20,30\n10,20\n", "boxes: line 2: lacks a number in column 3");
  expect_refusal("10,20,30\n10,20,nan\n", "boxes: line 2: has a number that is no place");
  expect_refusal("10,20,30\n10,20,1e300\n", "boxes: line 2: has a number that is no place");
  expect_refusal("10,20,30,40\n", "boxes: line 1: has 4 columns and no header");
  expect_refusal("left,top,size\n1,2,3\n", "boxes: line 1: names neither x,y,size nor");
  expect_refusal("10,20,0\n", "boxes: line 1: is a box without a pixel");
  expect_refusal("x1,y1,x2,y2\n5,5,5,9\n", "boxes: line 2: is a box without a pixel");
  expect_refusal("frame,x,y,size\n1,1,1,9\n1,1,1,9\n", "line 3: gives frame 1 a second box");
  expect_refusal("frame,x,y,size\n-1,1,1,9\n", "line 2: has a frame number that is none");
  expect_refusal("frame,x,y,size\n1.5,1,1,9\n", "line 2: has a frame number that is none");
}

TEST(BoxesFile, WrongPlacesInJsonAreNamed) {
  expect_refusal("[[10,20,30],[10,20]]", "boxes: [1]: is not [x,y,size]");
  expect_refusal(R"({"boxes": [[10,20,"30"]]})", "boxes: boxes[0]: is not [x,y,size]");
  expect_refusal(R"({"4": {"rect": [1,2,3]}})", "boxes: 4: is not [x,y,size]");
  expect_refusal(R"({"four": [1,2,3]})", "boxes: four: has a frame number that is none");
  expect_refusal("[[1,2,3]", "boxes: is not JSON from line 1, column 9 on");
  expect_refusal(R"({"boxes": 7})", "boxes: holds no list of boxes");
}

TEST(BoxesFile, NothingIsNoBox) {
  for (const char* text : {"", "\n\n", "x,y,size\n", "[]", "{}"}) expect_refusal(text, "boxes: holds no box");
}

}  // namespace
}  // namespace framegen
