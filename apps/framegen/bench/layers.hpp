// layers.hpp: what every block of the native generator costs, against what one core can do.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "framegen/result.hpp"
#include "kernels/network/product_precision.hpp"
#include "nn/native/profile.hpp"

namespace framegen::app {

struct LayerReport {
  std::string network;                  // the file
  std::string instructions;             // of the kernels: "avx3"
  std::vector<LayerTime> layers;        // of the audio part
  std::vector<LayerTime> whole_layers;  // of the whole network, which is run where nothing is kept
  double image_ms = 0;                  // the image part, which is run once per kept template frame
  double peak_gflops = 0;               // fp32, one core, measured in the same run
  double copy_gbytes_per_s = 0;         // read and written, from and to main memory, one core
};

// Both on one thread: of each layer the best of `runs` frames. Errors: the network's; bytes want the avatar's
// calibration.json.
Result<LayerReport> profile_layers(const std::filesystem::path& avatar, ProductPrecision precision, int runs);
std::string to_text(const LayerReport& report);

}  // namespace framegen::app
