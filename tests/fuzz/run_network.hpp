// run_network.hpp: a network through every way of running it, each against the plain loops.
#pragma once

#include <cstdint>
#include <span>

#include "nn/graph/graph.hpp"

namespace framegen::fuzz {

// Whole and in two parts, with one thread and with two, kept values as floats and as scaled rows. Networks
// that are not small, that hold what we do not run, or whose numbers are too large to compare are left alone
// at that point. Ends the process where two ways differ. `onnx`: the same network for ONNX Runtime, where
// there is one; or empty.
void run_network(const graph::Graph& graph, std::span<const std::uint8_t> onnx);

}  // namespace framegen::fuzz
