// parts.cpp: which nodes belong to which part, and what passes from one to the other.
#include "nn/graph/parts.hpp"

#include <algorithm>

#include "nn/graph/match.hpp"
#include "nn/graph/passes.hpp"

namespace framegen::graph {
namespace {

Error not_cut(std::string_view input, const std::string& what) {
  return {ErrorCode::kBadAvatar, "input " + quote(input), what,
          "name the tensors in avatar.json as the network does"};
}

bool is_output(const Graph& graph, ValueId id) {
  return std::ranges::find(graph.outputs, id) != graph.outputs.end();
}

// A product that the image part could make, but that costs more to keep than what it is made of.
bool is_better_made_again(const Graph& graph, const Node& node) {
  if (!is_pointwise(graph, node) || is_output(graph, node.output)) return false;
  const ValueId source = node.input(conv_input::kX);
  return std::ranges::find(graph.inputs, source) == graph.inputs.end() &&
         element_count(graph.value(source).shape) < element_count(graph.value(node.output).shape);
}

// By node: of the audio part.
std::vector<bool> audio_nodes(const Graph& graph, std::string_view changing_input) {
  const std::vector<bool> changes = depends_on(graph, changing_input);
  std::vector<bool> audio(graph.nodes.size(), false);
  std::vector<bool> read_by_image(graph.values.size(), false);
  for (std::size_t n = graph.nodes.size(); n-- > 0;) {
    const Node& node = graph.nodes[n];
    const auto output = static_cast<std::size_t>(node.output);
    audio[n] = changes[output] || (!read_by_image[output] && is_better_made_again(graph, node));
    if (audio[n]) continue;
    for (const ValueId id : node.inputs)
      if (id != kAbsent) read_by_image[static_cast<std::size_t>(id)] = true;
  }
  return audio;
}

// What the audio part reads and does not make, in the order in which it reads it.
std::vector<ValueId> passed_on(const Graph& graph, const std::vector<bool>& audio, ValueId changing) {
  std::vector<bool> known(graph.values.size(), false);
  known[static_cast<std::size_t>(changing)] = true;
  std::vector<ValueId> passed;
  const auto pass = [&](ValueId id) {
    if (id == kAbsent || known[static_cast<std::size_t>(id)] || graph.value(id).constant) return;
    known[static_cast<std::size_t>(id)] = true;
    passed.push_back(id);
  };
  for (std::size_t n = 0; n < audio.size(); ++n) {
    if (!audio[n]) continue;
    for (const ValueId id : graph.nodes[n].inputs) pass(id);
    known[static_cast<std::size_t>(graph.nodes[n].output)] = true;
  }
  for (const ValueId id : graph.outputs) pass(id);
  return passed;
}

// A picture that is handed on as it is: ONNX wants a node between an input and an output.
ValueId through_identity(Graph& image, ValueId input) {
  const std::string name = image.value(input).name + ".handed_on";
  const Shape shape = image.value(input).shape;
  const ValueId handed = image.add_value(name, Type::kFloat, shape);
  image.nodes.push_back({Op::kIdentity, name, {input}, handed, {}});
  return handed;
}

Graph with_nodes(const Graph& graph, const std::vector<bool>& audio, bool wanted) {
  Graph part = graph;
  std::vector<bool> dead(audio.size());
  for (std::size_t n = 0; n < audio.size(); ++n) dead[n] = audio[n] != wanted;
  erase_nodes(part, dead);
  part.inputs.clear();
  return part;
}

}  // namespace

Result<Parts> split_parts(const Graph& graph, std::string_view changing_input) {
  const auto changing =
      std::ranges::find_if(graph.inputs, [&](ValueId id) { return graph.value(id).name == changing_input; });
  if (changing == graph.inputs.end()) return not_cut(changing_input, "is not an input of the network");
  if (!depends_on(graph, changing_input)[static_cast<std::size_t>(graph.outputs[0])])
    return not_cut(changing_input, "does not reach the network's output");
  const std::vector<bool> audio = audio_nodes(graph, changing_input);
  Parts parts{with_nodes(graph, audio, false), with_nodes(graph, audio, true), {}};
  for (const ValueId id : graph.inputs)
    if (id != *changing) parts.image.inputs.push_back(id);
  parts.image.outputs.clear();
  for (const ValueId id : passed_on(graph, audio, *changing)) {
    parts.kept.push_back("kept" + std::to_string(parts.kept.size()));
    const bool picture = std::ranges::find(graph.inputs, id) != graph.inputs.end();
    parts.image.outputs.push_back(picture ? through_identity(parts.image, id) : id);
    parts.audio.inputs.push_back(id);
    parts.audio.value(id).name = parts.kept.back();
  }
  parts.image.output_names = parts.kept;
  parts.audio.inputs.push_back(*changing);
  if (parts.kept.empty()) return not_cut(changing_input, "is all that the network's output depends on");
  return parts;
}

}  // namespace framegen::graph
