// profile.hpp: what each layer of a native network costs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace framegen {

struct LayerTime {
  std::string name;         // the node's, of the block's last convolution
  std::string_view kind;    // "block", "conv", "epilogue", …
  double milliseconds = 0;  // of one run, the mean
  std::int64_t macs = 0;
  std::size_t bytes = 0;  // read and written: tensors and weights
  double gflops() const { return milliseconds > 0 ? 2e-6 * static_cast<double>(macs) / milliseconds : 0; }
};

}  // namespace framegen
