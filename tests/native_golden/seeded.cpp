// seeded.cpp: networks are made once, as they take a second.
#include "native_golden/seeded.hpp"

#include <gtest/gtest.h>

#include "core/aligned_buffer.hpp"
#include "support/golden.hpp"

namespace framegen::test {
namespace {

SynthModel make(double width) {
  auto model = make_synth_model({.width = width});
  EXPECT_TRUE(model) << model.error().message();
  return model ? *std::move(model) : SynthModel{};
}

}  // namespace

const SynthModel& seeded(double width) {
  static const SynthModel full = make(1), half = make(0.5);
  return width == 1 ? full : half;
}

std::vector<float> golden_image() {
  std::vector<float> image;
  const auto bytes = npy_values<std::uint8_t>(golden_array("net/input_u8.npy"));
  EXPECT_TRUE(bytes);
  for (const std::uint8_t v : bytes ? *bytes : std::vector<std::uint8_t>{})
    image.push_back(static_cast<float>(v) / 255.0F);
  return image;
}

GoldenRun run_golden(double width, const SplitOptions& options) {
  GoldenRun run;
  const auto network = SplitNetwork::load(seeded(width).generator, options);
  if (!network) {
    ADD_FAILURE() << network.error().message();
    return run;
  }
  const auto runner = (*network)->make_runner();
  if (!runner) {
    ADD_FAILURE() << runner.error().message();
    return run;
  }
  AlignedBuffer<std::byte> kept((*network)->image_part_bytes());
  const std::vector<float> image = golden_image(), window = golden_floats("net/audio_window.npy");
  const Shape shape{1, 6, 320, 320};
  const TensorView input(shape, image);
  run.output.resize(3 * 320 * 320);
  run.face.resize(run.output.size());
  const Status image_status = (*runner)->run_image({&input, 1}, kept.span());
  EXPECT_TRUE(image_status) << image_status.error().message();
  const Status status =
      (*runner)->run_audio({&input, 1}, window, kept.span(), run.output, {run.face.data(), 320, 320, 960});
  EXPECT_TRUE(status) << status.error().message();
  run.once.resize(run.output.size());
  const Status once = (*runner)->run_once({&input, 1}, window, run.once, {});
  EXPECT_TRUE(once) << once.error().message();
  run.kept_bytes = (*network)->image_part_bytes();
  run.working_bytes = (*runner)->bytes(SplitRunner::Way::kAudioPart);
  run.image_bytes = (*runner)->bytes(SplitRunner::Way::kImagePart);
  return run;
}

}  // namespace framegen::test
