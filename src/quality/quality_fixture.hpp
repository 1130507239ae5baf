// quality_fixture.hpp: for tests: a folder of its own, pictures as files, and the ffmpeg program as a second
// opinion.
#pragma once

#include <gtest/gtest.h>
#include <png.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>

#include "core/image.hpp"
#include "support/random.hpp"

namespace framegen::test {

inline Image random_image(int width, int height, std::uint64_t seed) {
  Image image(width, height);
  const auto bytes = random_bytes(image.bytes(), seed);
  std::copy(bytes.begin(), bytes.end(), image.data());
  return image;
}

// Waves in each channel: something with structure, unlike noise.
inline Image smooth_image(int width, int height, int phase) {
  Image image(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c)
        image.view().row(y)[3 * x + c] =
            static_cast<std::uint8_t>((x * (3 + c) + y * 2 + phase * 5 + (x * y) / 16) / 2 % 200 + 20);
  return image;
}

inline void write_png(const std::filesystem::path& path, const Image& image) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.width = static_cast<png_uint_32>(image.width());
  png.height = static_cast<png_uint_32>(image.height());
  png.format = PNG_FORMAT_BGR;
  ASSERT_NE(png_image_write_to_file(&png, path.c_str(), 0, image.data(),
                                    static_cast<png_int_32>(image.stride()), nullptr),
            0);
}

inline bool same_pixels(const Image& a, const Image& b) {
  return a.width() == b.width() && a.height() == b.height() &&
         std::equal(a.data(), a.data() + a.bytes(), b.data());
}

class QualityTest : public ::testing::Test {
 protected:
  std::filesystem::path folder_ = std::filesystem::path(::testing::TempDir()) /
                                  ("quality_" + std::to_string(::getpid()) + "_" +
                                   ::testing::UnitTest::GetInstance()->current_test_info()->name());
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  static bool ffmpeg_is_there() { return run("ffmpeg -version"); }
  static bool run(const std::string& command) {
    return std::system((command + " >/dev/null 2>&1 </dev/null").c_str()) == 0;
  }
};

}  // namespace framegen::test
