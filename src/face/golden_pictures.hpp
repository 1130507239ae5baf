// golden_pictures.hpp: the reference's pictures under tests/golden, for this folder's tests.
#pragma once

#include <gtest/gtest.h>
#include <png.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "core/files.hpp"
#include "core/image.hpp"
#include "support/golden.hpp"

namespace framegen::test {

inline Image golden_picture(const std::string& name) {
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_file(&header, golden(name).c_str()) == 0) {
    ADD_FAILURE() << name << ": " << header.message;
    return {};
  }
  header.format = PNG_FORMAT_BGR;
  Image image(static_cast<int>(header.width), static_cast<int>(header.height));
  if (png_image_finish_read(&header, nullptr, image.data(), 0, nullptr) == 0)
    ADD_FAILURE() << name << ": " << header.message;
  return image;
}

inline std::map<std::string, Rectangle> golden_boxes() {
  std::map<std::string, Rectangle> boxes;
  const auto text = read_text_file(golden("compositor/boxes.json"));
  if (!text) {
    ADD_FAILURE() << text.error().message();
    return boxes;
  }
  const auto json = nlohmann::json::parse(*text);
  for (const auto& [name, b] : json.items()) {
    const int x = b[0], y = b[1], right = b[2], bottom = b[3];
    boxes[name] = {x, y, right - x, bottom - y};
  }
  return boxes;
}

// Values of a picture that may be off by one where OpenCV has resized it: on Arm its cubic interpolation
// fuses multiplications and additions, and a few sums lie on the other side of a half.
#ifdef __aarch64__
inline constexpr int kResizedOffByOne = 8;
#else
inline constexpr int kResizedOffByOne = 0;
#endif

inline ::testing::AssertionResult same_pixels(ImageView actual, ImageView expected, int most_off_by_one = 0) {
  if (actual.width != expected.width || actual.height != expected.height)
    return ::testing::AssertionFailure() << actual.width << "x" << actual.height << ", expected "
                                         << expected.width << "x" << expected.height;
  int bad = 0, first_x = 0, first_y = 0, largest = 0;
  for (int y = 0; y < actual.height; ++y)
    for (int i = 0; i < 3 * actual.width; ++i) {
      const int difference = std::abs(actual.row(y)[i] - expected.row(y)[i]);
      if (difference == 0) continue;
      if (bad++ == 0) first_x = i / 3, first_y = y;
      largest = std::max(largest, difference);
    }
  if (bad == 0) return ::testing::AssertionSuccess() << "all equal";
  if (largest == 1 && bad <= most_off_by_one) return ::testing::AssertionSuccess() << bad << " off by one";
  return ::testing::AssertionFailure() << bad << " values differ, first at (" << first_x << ", " << first_y
                                       << "), largest difference " << largest;
}

}  // namespace framegen::test
