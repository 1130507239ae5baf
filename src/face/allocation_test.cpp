// allocation_test.cpp: after the first frame our own code asks for no memory; what OpenCV asks for itself is
// listed here.
#include <gtest/gtest.h>

#include <algorithm>

#include "core/image.hpp"
#include "face/crop.hpp"
#include "face/paste.hpp"
#include "support/allocations.hpp"

// OpenCV's tables for a resize (weights and offsets, some rows: cv::AutoBuffer, cv::fastMalloc) come from
// malloc and are its own.
namespace framegen {
namespace {

TEST(Face, AllocatesNothingAfterTheFirstFrame) {
  Image frame(640, 360), face(320, 320), crop(328, 328);
  std::fill_n(frame.data(), frame.bytes(), std::uint8_t{90});
  std::fill_n(face.data(), face.bytes(), std::uint8_t{200});
  PasteScratch scratch;
  const Rectangle box{100, 50, 250, 250};
  const auto make_frame = [&] {
    return crop_face(frame, box, {}, crop).ok() &&
           paste_face(crop, face, {}, scratch, frame.view().crop(100, 50, 250, 250)).ok();
  };
  ASSERT_TRUE(make_frame());
  const test::AllocationCounter counter;
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(make_frame());
  EXPECT_EQ(counter.count().ours, 0);
}

}  // namespace
}  // namespace framegen
