// onnx_file_test.cpp: our reader takes out of every file, whole or broken, what protobuf takes out of it.
#include "nn/onnx/onnx_file.hpp"

#include <gtest/gtest.h>

#include <bit>

#include "core/files.hpp"
#include "onnx_truth.pb.h"

namespace framegen::onnx_file {
namespace {

// What a model says as text, so that a difference shows where it is. Floats by their bits: NaN equals itself.
template <class List>
std::string listed(const List& list) {
  std::string text = "[";
  for (const auto& v : list) text += std::to_string(v) + ' ';
  return text + ']';
}

template <class List>
std::string bits(const List& list) {
  std::vector<std::uint32_t> words;
  for (const float v : list) words.push_back(std::bit_cast<std::uint32_t>(v));
  return listed(words);
}

std::string text_of(const Tensor& t) {
  return std::string(t.name) + listed(t.dims) + std::to_string(t.data_type) + (t.external ? "external" : "") +
         (t.raw_data ? "raw" + std::string(*t.raw_data) : "") + bits(t.float_data) + listed(t.int32_data) +
         listed(t.int64_data);
}

std::string text_of(const onnx_truth::Tensor& t) {
  const bool external = t.data_location() == onnx_truth::Tensor::EXTERNAL || t.external_data_size() != 0;
  return t.name() + listed(t.dims()) + std::to_string(t.data_type()) + (external ? "external" : "") +
         (t.has_raw_data() ? "raw" + t.raw_data() : "") + bits(t.float_data()) + listed(t.int32_data()) +
         listed(t.int64_data());
}

std::string text_of(const Attribute& a) {
  return std::string(a.name) + std::to_string(a.type) + bits(std::vector{a.f}) + std::to_string(a.i) +
         std::string(a.s) + bits(a.floats) + listed(a.ints) + (a.t ? text_of(*a.t) : "");
}

std::string text_of(const onnx_truth::Attribute& a) {
  return a.name() + std::to_string(a.type()) + bits(std::vector{a.f()}) + std::to_string(a.i()) + a.s() +
         bits(a.floats()) + listed(a.ints()) + (a.has_t() ? text_of(a.t()) : "");
}

std::string text_of(const Node& n) {
  std::string text = std::string(n.name) + '/' + std::string(n.op_type) + '/' + std::string(n.domain);
  for (const auto& input : n.inputs) text += '<' + std::string(input);
  for (const auto& output : n.outputs) text += '>' + std::string(output);
  for (const auto& a : n.attributes) text += '@' + text_of(a);
  return text;
}

std::string text_of(const onnx_truth::Node& n) {
  std::string text = n.name() + '/' + n.op_type() + '/' + n.domain();
  for (const auto& input : n.input()) text += '<' + input;
  for (const auto& output : n.output()) text += '>' + output;
  for (const auto& a : n.attribute()) text += '@' + text_of(a);
  return text;
}

std::string text_of(const ValueInfo& v) {
  std::string text = std::string(v.name) + (v.has_shape ? "shape" : "") + std::to_string(v.element_type);
  for (const auto& d : v.dims) text += d ? 'x' + std::to_string(*d) : "x?";
  return text;
}

std::string text_of(const onnx_truth::ValueInfo& v) {
  const auto& tensor = v.type().tensor_type();
  std::string text = v.name() + (tensor.has_shape() ? "shape" : "") + std::to_string(tensor.elem_type());
  for (const auto& d : tensor.shape().dim())
    text += d.has_dim_value() ? 'x' + std::to_string(d.dim_value()) : "x?";
  return text;
}

template <class Nodes, class Tensors, class Values, class Sets>
std::string text_of(const Nodes& nodes, const Tensors& tensors, const Values& in, const Values& out,
                    const Sets& sets) {
  std::string text = sets;
  for (const auto& node : nodes) text += "\nnode " + text_of(node);
  for (const auto& tensor : tensors) text += "\ntensor " + text_of(tensor);
  for (const auto& value : in) text += "\nin " + text_of(value);
  for (const auto& value : out) text += "\nout " + text_of(value);
  return text;
}

constexpr const char* kNoModel = "no model";

std::string ours(std::string_view bytes) {
  const auto m = read_model({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  if (!m) return kNoModel;
  std::string sets;
  for (const auto& set : m->operator_sets)
    sets += "set " + std::string(set.domain) + std::to_string(set.version);
  return text_of(m->graph.nodes, m->graph.initializers, m->graph.inputs, m->graph.outputs, sets);
}

std::string protobufs(std::string_view bytes) {
  onnx_truth::Model m;
  if (!m.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !m.has_graph()) return kNoModel;
  std::string sets;
  for (const auto& set : m.opset_import()) sets += "set " + set.domain() + std::to_string(set.version());
  return text_of(m.graph().node(), m.graph().initializer(), m.graph().input(), m.graph().output(), sets);
}

// Every field that there is, once.
std::string full_model() {
  onnx_truth::Model m;
  m.set_ir_version(7);
  m.add_opset_import()->set_version(13);
  m.mutable_opset_import(0)->set_domain("ai.onnx");
  auto& tensor = *m.mutable_graph()->add_initializer();
  tensor.set_name("w");
  tensor.set_data_type(1);
  tensor.add_dims(2), tensor.add_dims(-1);
  tensor.add_float_data(1.5f), tensor.add_int32_data(-3), tensor.add_int64_data(1LL << 40);
  tensor.set_raw_data("rawr");
  tensor.add_external_data()->set_key("location");
  tensor.set_data_location(onnx_truth::Tensor::EXTERNAL);
  auto& node = *m.mutable_graph()->add_node();
  node.set_name("n"), node.set_op_type("Conv"), node.set_domain("d");
  node.add_input("x"), node.add_input(""), node.add_output("y");
  auto& a = *node.add_attribute();
  a.set_name("a"), a.set_f(-0.25f), a.set_i(-9), a.set_s("word"), a.add_floats(2.0f), a.add_ints(300);
  a.set_type(onnx_truth::Attribute::TYPE_PROTOS);
  *a.mutable_t() = tensor;
  auto& value = *m.mutable_graph()->add_input();
  value.set_name("x");
  value.mutable_type()->mutable_tensor_type()->set_elem_type(1);
  auto& shape = *value.mutable_type()->mutable_tensor_type()->mutable_shape();
  shape.add_dim()->set_dim_param("batch"), shape.add_dim()->set_dim_value(320), shape.add_dim();
  *m.mutable_graph()->add_output() = value;
  return m.SerializeAsString();
}

TEST(OnnxFile, SaysWhatProtobufSays) {
  const std::string full = full_model();
  EXPECT_NE(ours(full), kNoModel);
  EXPECT_EQ(ours(full), protobufs(full));
  for (const char* path :
       {"tests/golden/graph/pytorch_export.onnx", "assets/avatars/ava/audio_encoder.onnx"}) {
    const auto file = read_file(path);
    ASSERT_TRUE(file) << path;
    const std::string_view bytes(reinterpret_cast<const char*>(file->data()), file->size());
    EXPECT_NE(ours(bytes), kNoModel) << path;
    EXPECT_TRUE(ours(bytes) == protobufs(bytes)) << path;
  }
}

TEST(OnnxFile, AgreesWithProtobufOnEveryCutAndEveryChangedByte) {
  const std::string full = full_model();
  for (std::size_t n = 0; n < full.size(); ++n) {
    EXPECT_EQ(ours(full.substr(0, n)), protobufs(full.substr(0, n))) << "cut at " << n;
    for (int value = 0; value < 256; ++value) {
      std::string changed = full;
      changed[n] = static_cast<char>(value);
      ASSERT_EQ(ours(changed), protobufs(changed)) << "byte " << n << " is " << value;
    }
  }
}

TEST(OnnxFile, JoinsWhatStandsTwiceAndStepsOverWhatItDoesNotKnow) {
  using namespace std::string_literals;
  const std::string full = full_model();
  const std::string graph_again = "\x3A\x04\x12\x02gg"s, group = "\xA3\x06\x08\x01\xA4\x06"s;
  const std::string nested = "\xA3\x06\xAB\x06\x0A\x01x\xAC\x06\xA4\x06"s, long_group = "\xA3\x06\x08\x01"s;
  const std::string wrong_end = "\xA3\x06\xAC\x06"s, end_alone = "\xA4\x06"s, number_zero = "\x00\x01"s;
  const std::string fixed =
                        "\xA1\x06"s
                        "12345678"
                        "\xA5\x06"s
                        "1234",
                    wrong_kind = "\x38\x05"s;
  const std::string long_varint = "\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"s;
  const std::string longer_varint = "\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"s;
  const std::string long_tag = "\x88\x80\x80\x80\x00\x07"s, longer_tag = "\x88\x80\x80\x80\x80\x00\x07"s;
  std::string deep;
  for (int i = 0; i < 200; ++i) deep += "\xA3\x06"s;
  for (int i = 0; i < 200; ++i) deep += "\xA4\x06"s;
  EXPECT_NE(ours(full + nested), kNoModel);
  EXPECT_EQ(ours(full + wrong_end), kNoModel);
  for (const std::string& more :
       {full, graph_again, group, nested, long_group, wrong_end, end_alone, number_zero, fixed, wrong_kind,
        long_varint, longer_varint, long_tag, longer_tag, deep}) {
    EXPECT_EQ(ours(full + more), protobufs(full + more)) << testing::PrintToString(more);
    EXPECT_EQ(ours(more + full), protobufs(more + full)) << testing::PrintToString(more);
  }
}

TEST(OnnxFile, RefusesAMillionParts) {
  std::string nodes;
  for (int i = 0; i < (1 << 20) + 1; ++i) nodes += std::string("\x0A\x00", 2);
  std::string file = "\x3A";  // graph, as long as `nodes`
  for (std::size_t size = nodes.size(); size != 0; size >>= 7)
    file += static_cast<char>((size & 0x7F) | (size >= 0x80 ? 0x80 : 0));
  file += nodes;
  const auto model = read_model({reinterpret_cast<const std::uint8_t*>(file.data()), file.size()});
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().message(), "has more than 1048576 parts");
}

}  // namespace
}  // namespace framegen::onnx_file
