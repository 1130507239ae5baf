// device_parts_test.cpp: what stays on the device, what comes down, and what a device's failures are called.
#include "nn/onnxruntime/device_parts.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "nn/graph/parts.hpp"
#include "nn/graph/tiny_graph.hpp"
#include "nn/graph/to_onnx.hpp"
#include "nn/onnxruntime/session.hpp"

namespace framegen {
namespace {

// relu(picture) + sound, three channels of 2×2: what is kept is relu(picture).
DeviceNetworks tiny_networks(std::size_t batch) {
  test::TinyGraph tiny;
  const auto picture = tiny.input("picture", {1, 3, 2, 2}), sound = tiny.input("sound", {1, 3, 2, 2});
  graph::Graph whole = tiny.finish({tiny.add(tiny.relu(picture), sound)});
  whole.output_names = {"face"};
  const auto parts = graph::split_parts(whole, "sound");
  EXPECT_TRUE(parts.ok());
  const graph::WrittenForm one{.kept = parts->kept, .pixels = "pixels"};
  graph::WrittenForm many = one;
  many.batch = batch;
  DeviceNetworks networks{.name = "tiny", .batch = batch, .picture = "picture", .changing = "sound"};
  networks.kept = parts->kept;
  networks.pixels = "pixels";
  networks.output = "face";
  networks.picture_shape = networks.changing_shape = networks.output_shape = {1, 3, 2, 2};
  networks.image_part = *graph::to_onnx(parts->image, {.kept = parts->kept});
  networks.audio_part = *graph::to_onnx(parts->audio, one);
  if (batch > 1) networks.audio_part_batch = *graph::to_onnx(parts->audio, many);
  return networks;
}

TEST(DeviceParts, PixelsAreTruncatedBoundedAndPacked) {
  const auto parts = load_device_parts(tiny_networks(1), {});
  ASSERT_TRUE(parts.ok()) << parts.error().message();
  const auto runner = (*parts)->make_runner();
  ASSERT_TRUE(runner.ok());
  const std::vector<float> picture(12, 0);
  const auto part = (*runner)->run_image(picture);
  ASSERT_TRUE(part.ok()) << part.error().message();
  EXPECT_EQ((*parts)->kept_bytes(), 12 * sizeof(float));
  // First channel: just below and at a level, beyond both ends; the others 1 and 2 levels.
  const std::vector<float> sound{0.999F / 255, 1.001F / 255, -0.5F,      7,          1.5F / 255, 1.5F / 255,
                                 1.5F / 255,   1.5F / 255,   2.5F / 255, 2.5F / 255, 2.5F / 255, 2.5F / 255};
  std::ranges::copy(sound, (*runner)->sound(0).begin());
  const std::array parts_given{part->get()};
  ASSERT_TRUE((*runner)->run_audio(parts_given, true).ok());
  const auto pixels = (*runner)->pixels(0);
  const std::int32_t rest = 256 + 2 * 65536;
  EXPECT_EQ(std::vector(pixels.begin(), pixels.end()),
            (std::vector<std::int32_t>{rest, rest + 1, rest, rest + 255}));
  EXPECT_EQ((*runner)->output(0)[3], 7);
}

TEST(DeviceParts, InABatchEverySoundMeetsItsOwnPicture) {
  const auto parts = load_device_parts(tiny_networks(3), {});
  ASSERT_TRUE(parts.ok()) << parts.error().message();
  const auto runner = (*parts)->make_runner();
  std::vector<std::shared_ptr<const PartOnDevice>> held;
  std::vector<const PartOnDevice*> given;
  for (const float level : {10.5F, 20.5F, 30.5F}) {
    held.push_back(*(*runner)->run_image(std::vector<float>(12, level / 255)));
    given.push_back(held.back().get());
  }
  for (std::size_t k = 0; k < 3; ++k) std::ranges::fill((*runner)->sound(k), static_cast<float>(k) / 255);
  ASSERT_TRUE((*runner)->run_audio(given, false).ok());
  for (std::size_t k = 0; k < 3; ++k) {
    const std::int32_t level = 10 * (static_cast<std::int32_t>(k) + 1) + static_cast<std::int32_t>(k);
    EXPECT_EQ((*runner)->pixels(k)[0], level * (1 + 256 + 65536)) << k;
  }
  ASSERT_TRUE((*runner)->run_audio(std::span(given).subspan(1, 1), false).ok());
  EXPECT_EQ((*runner)->pixels(0)[0], 20 * (1 + 256 + 65536)) << "alone, with the first sound";
}

TEST(RunFailed, NamesALostDeviceAndOneThatIsFull) {
  constexpr auto kGpu = OnnxRuntimeProvider::kWebGpu;
  const Error lost = run_failed(kGpu, "WebGPU device lost (1): A valid external Instance reference\nmore");
  EXPECT_EQ(
      lost.message(),
      "--provider webgpu: the device was lost (WebGPU device lost (1): A valid external Instance reference); "
      "look at the driver, or leave --provider out: the CPU computes");
  const Error full = run_failed(kGpu, "CUDA failure 2: out of memory ; GPU=0");
  EXPECT_TRUE(is_out_of_device_memory(full));
  EXPECT_FALSE(is_out_of_device_memory(lost));
  EXPECT_NE(full.remedy.find("--batch"), std::string::npos);
  EXPECT_FALSE(is_out_of_device_memory(run_failed(kGpu, "Non-zero status code")));
}

}  // namespace
}  // namespace framegen
