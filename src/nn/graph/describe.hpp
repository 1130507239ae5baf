// describe.hpp: a rewritten graph in figures, for people: nodes, multiply-adds and bytes of each part.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "nn/graph/graph.hpp"

namespace framegen::graph {

struct PartFigures {
  std::map<std::string, int> nodes;  // by operation
  std::int64_t macs = 0;
  std::size_t weight_bytes = 0;
  std::size_t tensor_bytes = 0;  // that its nodes write
};

struct KeptFigures {
  std::string name;
  Shape shape;
  std::size_t bytes = 0;  // as float32
};

struct GraphFigures {
  PartFigures image, audio;       // do not and do depend on the changing input
  std::vector<KeptFigures> kept;  // what the audio part reads of the image part
};

// Shapes are inferred. Without a changing input all is image part.
GraphFigures describe(const Graph& graph, std::string_view changing_input);

}  // namespace framegen::graph
