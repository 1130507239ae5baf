// landmarks_fuzz.cpp: any text as landmarks: a box that begins inside the frame, or refused in words.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "avatar/landmarks.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto box = framegen::landmarks_box(text, "fuzz", 1280, 720);
  if (!box) {
    if (box.error().what.empty()) std::abort();
    return 0;
  }
  if (box->x < 0 || box->y < 0 || box->x >= 1280 || box->y >= 720 || box->width <= 0) std::abort();
  return 0;
}
