// onnx_fuzz.cpp: any bytes as a network: loaded, shaped, rewritten by every pass and, where it is small, run;
// or refused in words.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "nn/graph/load.hpp"
#include "nn/graph/passes.hpp"
#include "run_network.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto graph = framegen::graph::load_onnx({data, size});
  if (!graph) {
    if (graph.error().what.empty()) std::abort();
    return 0;
  }
  for (const char* changing : {"", "audio"}) {
    auto copy = *graph;
    framegen::graph::PassOptions options;
    options.changing_input = changing;
    const auto reports = framegen::graph::run_passes(copy, options);
    if (!reports && reports.error().what.empty()) std::abort();
  }
  // ONNX Runtime gets no stranger's bytes here: what it does with them is not ours to find.
  framegen::fuzz::run_network(*graph, {});
  return 0;
}
