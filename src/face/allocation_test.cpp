// allocation_test.cpp: after the first frame our own code asks for no memory; what OpenCV asks for itself is
// listed here.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "core/image.hpp"
#include "face/crop.hpp"
#include "face/paste.hpp"

namespace {
// All of our buffers are AlignedBuffers, which use these two alone; OpenCV's tables for a resize (weights and
// offsets, some rows: cv::AutoBuffer, cv::fastMalloc) come from malloc and are its own.
std::atomic<int> allocations{0};
}  // namespace

void* operator new(std::size_t size, std::align_val_t alignment) {
  ++allocations;
  const auto a = static_cast<std::size_t>(alignment);
  if (void* p = std::aligned_alloc(a, (size + a - 1) / a * a)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }

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
  const int before = allocations;
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(make_frame());
  EXPECT_EQ(allocations, before);
}

}  // namespace
}  // namespace framegen
