// test_models.cpp: what several tests of src/generator need.
#include "generator/test_models.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "generator/synth_model.hpp"
#include "support/golden.hpp"
#include "support/random.hpp"

namespace framegen::test {

TemporaryFolder::TemporaryFolder() {
  static std::atomic<int> made{0};
  path_ = std::filesystem::path(::testing::TempDir()) /
          ("framegen_generator_" + std::to_string(::getpid()) + "_" + std::to_string(made++));
  std::filesystem::remove_all(path_);  // of a process that was killed, and had this one's number
  std::filesystem::create_directories(path_);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::permissions(path_, std::filesystem::perms::owner_all, ignored);
  std::filesystem::remove_all(path_, ignored);
}

const std::filesystem::path& seeded_models(double width) {
  static const auto make = [](double w) {
    auto folder = std::make_unique<TemporaryFolder>();
    const auto written = write_synth_model({.width = w}, folder->path());
    EXPECT_TRUE(written) << written.error().message();
    return folder;
  };
  if (width == 1) {
    static const auto full = make(1);
    return full->path();
  }
  static const auto half = make(0.5);
  return half->path();
}

Image golden_inner() {
  const auto planes = npy_values<std::uint8_t>(golden_array("net/input_u8.npy"));
  Image inner(320, 320);
  const std::size_t pixels = 320 * 320;
  if (planes && planes->size() == 6 * pixels)
    for (std::size_t c = 0; c < 3; ++c)
      for (std::size_t i = 0; i < pixels; ++i) inner.data()[3 * i + c] = (*planes)[c * pixels + i];
  return inner;
}

Jobs::Jobs(std::size_t count) {
  const std::vector<float> window = golden_floats("net/audio_window.npy");
  for (std::size_t k = 0; k < count; ++k) {
    // Job 0 is the golden one; the others see its picture brightened and hear its window scaled.
    inner.push_back(golden_inner());
    Image& picture = inner.back();
    for (std::size_t i = 0; i < picture.bytes(); ++i)
      picture.data()[i] = static_cast<std::uint8_t>(picture.data()[i] + 7 * k);
    windows.push_back(window);
    for (float& value : windows.back()) value *= 1.0f - 0.1f * static_cast<float>(k);
    faces.emplace_back(320, 320);
    outputs.emplace_back(3 * 320 * 320);
  }
}

std::vector<GeneratorJob> Jobs::list() {
  std::vector<GeneratorJob> jobs;
  for (std::size_t k = 0; k < inner.size(); ++k)
    jobs.push_back({static_cast<int>(k), inner[k], windows[k], faces[k], outputs[k]});
  return jobs;
}

}  // namespace framegen::test
