// seeded.hpp: the seeded networks as native ones, and the golden inputs.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "generator/synth_model.hpp"
#include "nn/native/split_network.hpp"

namespace framegen::test {

// Seed 1; made once per width.
const SynthModel& seeded(double width);
// net/input_u8.npy as the generator sees it.
std::vector<float> golden_image();

// One run on the golden inputs, of both parts and of the two as one.
struct GoldenRun {
  std::vector<float> output, once;  // [3,320,320]
  std::vector<std::uint8_t> face;   // BGR
  std::size_t kept_bytes = 0, working_bytes = 0, image_bytes = 0;
};
GoldenRun run_golden(double width, const SplitOptions& options);

}  // namespace framegen::test
