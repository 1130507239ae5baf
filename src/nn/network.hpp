// network.hpp: any neural network, whatever runs it. Knows no face and no audio.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/tensor.hpp"
#include "framegen/result.hpp"

namespace framegen {

struct TensorInfo {
  std::string name;
  Shape shape;  // a negative dimension is symbolic (the batch)
};

struct NetworkInfo {
  std::vector<TensorInfo> inputs;
  std::vector<TensorInfo> outputs;
};

// One caller's way into a network, with scratch memory of its own. One thread at a time.
class NetworkRunner {
 public:
  virtual ~NetworkRunner() = default;
  // Inputs and outputs in the order of NetworkInfo, with full shapes; outputs are written where the caller
  // says. After the first call of a shape our own code allocates nothing. Errors: kBadAvatar (shapes that do
  // not fit), kInternal.
  virtual Status run(std::span<const TensorView> inputs, std::span<const MutableTensorView> outputs) = 0;
};

// A loaded network: immutable, weights resident once, shared by any number of runners on any threads.
class Network {
 public:
  virtual ~Network() = default;
  virtual const NetworkInfo& info() const = 0;
  // The runner must not outlive the network. Errors: kInternal (out of memory).
  virtual Result<std::unique_ptr<NetworkRunner>> make_runner() const = 0;
};

}  // namespace framegen
