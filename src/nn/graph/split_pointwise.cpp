// split_pointwise.cpp: W·[up(a); s] = up(Wₐ·a) + Wₛ·s, exact algebra (docs/architecture.md).
//
//      a ── Resize ×2 ──┐                             a ── Conv Wₐ ── Resize ×2 ──┐
//                       Concat ── Conv W ──►   =                                  Add ──►
//      s ───────────────┘                             s ── Conv Wₛ + bias ────────┘
//
// Wₐ is applied to a quarter of the pixels; where s does not depend on the changing input, neither does Wₛ·s.
#include <algorithm>

#include "nn/graph/match.hpp"
#include "nn/graph/passes.hpp"
#include "nn/graph/shapes.hpp"

namespace framegen::graph {
namespace {

struct Term {
  ValueId value = kAbsent;
  int doubling = -1;  // the Resize that makes it, if it may be moved
  bool changes = false;
};

struct Splitter {
  Graph& graph;
  const Neighbours& near;
  std::vector<bool>& dead;
  std::vector<Node> added{};

  // The columns [first, first + count) of a [out, in, 1, 1] weight.
  ValueId columns(const Node& conv, std::int64_t first, std::int64_t count, const std::string& name) {
    const Array& whole = *graph.constant(conv, conv_input::kWeight);
    Array part;
    part.shape = {whole.shape[0], count, 1, 1};
    for (std::int64_t o = 0; o < whole.shape[0]; ++o) {
      const auto row = whole.floats.begin() + o * whole.shape[1] + first;
      part.floats.insert(part.floats.end(), row, row + count);
    }
    return graph.add_constant(name, std::move(part));
  }

  ValueId add(Node node, Shape shape) {
    node.output = graph.add_value(node.name, Type::kFloat, std::move(shape));
    added.push_back(std::move(node));
    return added.back().output;
  }

  ValueId add_conv(const Node& conv, const Term& term, std::int64_t first, bool with_bias,
                   const std::string& name) {
    const ValueId source =
        term.doubling < 0 ? term.value : graph.nodes[static_cast<std::size_t>(term.doubling)].input(0);
    const std::int64_t count = graph.value(source).shape[1];
    Node part{Op::kConv, name, {source, columns(conv, first, count, name + ".weight")}, kAbsent, {}};
    if (with_bias) part.inputs.push_back(conv.input(conv_input::kBias));
    Shape shape = graph.value(source).shape;
    shape[1] = graph.value(conv.output).shape[1];
    const ValueId product = add(std::move(part), shape);
    if (term.doubling < 0) return product;
    Node up = graph.nodes[static_cast<std::size_t>(term.doubling)];
    up.inputs[0] = product;
    dead[static_cast<std::size_t>(term.doubling)] = true;
    return add(std::move(up), graph.value(conv.output).shape);
  }

  void replace(const Node& conv, const std::vector<Term>& terms) {
    // The bias goes to a term that need not be calculated anew for every frame, else to one that is not
    // doubled.
    std::size_t biased = 0;
    for (std::size_t i = 0; i < terms.size(); ++i)
      if (terms[i].doubling < 0 && (terms[biased].doubling >= 0 || !terms[i].changes)) biased = i;
    ValueId sum = kAbsent;
    std::int64_t first = 0;
    for (std::size_t i = 0; i < terms.size(); ++i) {
      const std::string name = conv.name + (terms.size() == 1 ? "" : ".part" + std::to_string(i));
      const bool with_bias = i == biased && conv.input(conv_input::kBias) != kAbsent;
      const ValueId part = add_conv(conv, terms[i], first, with_bias, name);
      first += graph.value(terms[i].value).shape[1];
      sum = sum == kAbsent
                ? part
                : add({Op::kAdd, name + ".sum", {sum, part}, kAbsent, {}}, graph.value(conv.output).shape);
    }
    added.back().output = conv.output;  // whoever read the convolution reads the last sum
  }
};

std::vector<Term> terms_of(const Graph& graph, const Neighbours& near, const std::vector<bool>& changes,
                           const Node& conv, int concat) {
  std::vector<ValueId> sources{conv.input(conv_input::kX)};
  if (concat >= 0) sources = graph.nodes[static_cast<std::size_t>(concat)].inputs;
  std::vector<Term> terms;
  for (const ValueId id : sources) {
    int doubling = near.sole_producer(id, Op::kResize);
    if (doubling >= 0 && !is_doubling(graph, graph.nodes[static_cast<std::size_t>(doubling)])) doubling = -1;
    terms.push_back({id, doubling, static_cast<bool>(changes[static_cast<std::size_t>(id)])});
  }
  return terms;
}

}  // namespace

Result<int> split_pointwise(Graph& graph, const PassOptions& options) {
  const Neighbours near(graph);
  const std::vector<bool> changing = depends_on(graph, options.changing_input);
  std::vector<bool> dead(graph.nodes.size(), false);
  Splitter splitter{graph, near, dead};
  int changes = 0;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node conv = graph.nodes[i];
    if (!is_pointwise(graph, conv)) continue;
    int concat = near.sole_producer(conv.input(conv_input::kX), Op::kConcat);
    if (concat >= 0 && graph.nodes[static_cast<std::size_t>(concat)].attributes.axis != 1) concat = -1;
    const std::vector<Term> terms = terms_of(graph, near, changing, conv, concat);
    const bool worth = std::any_of(terms.begin(), terms.end(), [&](const Term& t) {
      return t.doubling >= 0 || t.changes != terms[0].changes;
    });
    if (!worth) continue;
    splitter.replace(conv, terms);
    dead[i] = true;
    if (concat >= 0) dead[static_cast<std::size_t>(concat)] = true;
    ++changes;
  }
  erase_nodes(graph, dead);
  for (Node& node : splitter.added) graph.nodes.push_back(std::move(node));
  sort_nodes(graph);
  FRAMEGEN_TRY(infer_shapes(graph));
  return changes;
}

}  // namespace framegen::graph
