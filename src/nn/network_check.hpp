// network_check.hpp: whether a network has the inputs and outputs that its user expects.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "framegen/result.hpp"
#include "nn/network.hpp"

namespace framegen {

// Where the expected tensors stand in the network: inputs[k] is the index of expected.inputs[k] in
// info.inputs.
struct TensorOrder {
  std::vector<std::size_t> inputs;
  std::vector<std::size_t> outputs;
};

// Names must be equal and none may be missing or left over. A negative dimension fits any, on either side.
// Errors: kBadAvatar at `where`, saying which tensor, what it is and what was expected.
Result<TensorOrder> check_network(const NetworkInfo& info, const NetworkInfo& expected,
                                  const std::string& where);

// Whether `actual`, all of whose dimensions are known, is a shape that `declared` allows.
bool shape_fits(std::span<const std::int64_t> actual, std::span<const std::int64_t> declared);

}  // namespace framegen
