// sink_fixture.hpp: for tests: a folder of its own, pictures, and frames into a sink.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>

#include "core/image.hpp"
#include "sink/sink.hpp"
#include "support/random.hpp"

namespace framegen::test {

class SinkTest : public ::testing::Test {
 protected:
  std::filesystem::path folder_ = std::filesystem::path(::testing::TempDir()) /
                                  (std::string("sink_") + std::to_string(::getpid()) + "_" +
                                   ::testing::UnitTest::GetInstance()->current_test_info()->name());
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_), {}));
  }
};

inline Image grey_image(int width, int height, std::uint8_t level) {
  Image image(width, height);
  std::fill_n(image.data(), image.bytes(), level);
  return image;
}

inline Image random_image(int width, int height, std::uint64_t seed) {
  Image image(width, height);
  const auto bytes = random_bytes(image.bytes(), seed);
  std::copy(bytes.begin(), bytes.end(), image.data());
  return image;
}

// begin and `frames` times the same picture; no finish.
inline Status begin_and_write(Sink& sink, ImageView picture, std::int64_t frames) {
  FRAMEGEN_TRY(sink.begin({.width = picture.width, .height = picture.height}));
  for (std::int64_t i = 0; i < frames; ++i)
    FRAMEGEN_TRY(sink.write({.index = i, .bgr = picture, .i420 = {}}));
  return {};
}

inline Status write_all(Sink& sink, ImageView picture, std::int64_t frames) {
  FRAMEGEN_TRY(begin_and_write(sink, picture, frames));
  return sink.finish();
}

}  // namespace framegen::test
