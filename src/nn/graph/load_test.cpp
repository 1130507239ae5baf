// load_test.cpp: ONNX files in, and every way in which a stranger's file can be wrong.
#include "nn/graph/load.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "core/files.hpp"
#include "nn/graph/passes.hpp"
#include "nn/graph/shapes.hpp"
#include "onnx_truth.pb.h"

namespace framegen::graph {
namespace {

void set_dims(onnx_truth::ValueInfo& info, const std::string& name, const std::vector<std::int64_t>& dims) {
  info.set_name(name);
  auto& tensor = *info.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(onnx_truth::Tensor::FLOAT);
  for (const std::int64_t d : dims) {
    auto& dim = *tensor.mutable_shape()->add_dim();
    d < 0 ? dim.set_dim_param("batch") : dim.set_dim_value(d);
  }
}

// One 1×1 convolution x [batch,2,3,3] → y, which a test then spoils.
onnx_truth::Model model() {
  onnx_truth::Model model;
  model.set_ir_version(7);
  model.add_opset_import()->set_version(13);
  onnx_truth::Graph& graph = *model.mutable_graph();
  set_dims(*graph.add_input(), "x", {-1, 2, 3, 3});
  graph.add_output()->set_name("y");
  onnx_truth::Tensor& weight = *graph.add_initializer();
  weight.set_name("w");
  weight.set_data_type(onnx_truth::Tensor::FLOAT);
  for (const std::int64_t d : {2, 2, 1, 1}) weight.add_dims(d);
  for (const float v : {1, 2, 3, 4}) weight.add_float_data(v);
  onnx_truth::Node& node = *graph.add_node();
  node.set_op_type("Conv");
  node.set_name("first");
  node.add_input("x");
  node.add_input("w");
  node.add_output("y");
  return model;
}

std::vector<std::uint8_t> bytes_of(const onnx_truth::Model& model) {
  const std::string text = model.SerializeAsString();
  return {text.begin(), text.end()};
}

// Loading and shape inference, as everybody does both.
Status load_and_infer(std::span<const std::uint8_t> bytes) {
  Graph graph = FRAMEGEN_TRY(load_onnx(bytes));
  FRAMEGEN_TRY(run_passes(graph, {}));
  return {};
}

TEST(LoadOnnx, ReadsValuesNodesAndTheOpenBatch) {
  auto graph = load_onnx(bytes_of(model()));
  ASSERT_TRUE(graph) << graph.error().message();
  EXPECT_TRUE(graph->symbolic_batch);
  EXPECT_EQ(graph->value(graph->inputs[0]).shape, (Shape{1, 2, 3, 3}));
  ASSERT_TRUE(infer_shapes(*graph));
  EXPECT_EQ(graph->value(graph->outputs[0]).shape, (Shape{1, 2, 3, 3}));
  EXPECT_EQ(graph->output_names[0], "y");
  EXPECT_EQ(graph->constant(graph->nodes[0], conv_input::kWeight)->floats, (std::vector<float>{1, 2, 3, 4}));
}

const Array* numbers_of(const Graph& graph, const std::string& name) {
  for (const Value& value : graph.values)
    if (value.name == name) return value.constant.get();
  return nullptr;
}

TEST(LoadOnnx, ReadsNumbersHoweverTheyAreStored) {
  onnx_truth::Model stored = model();
  const auto tensor = [&](const char* name, onnx_truth::Tensor::Element type) -> onnx_truth::Tensor& {
    onnx_truth::Tensor& made = *stored.mutable_graph()->add_initializer();
    made.set_name(name), made.set_data_type(type), made.add_dims(2);
    return made;
  };
  onnx_truth::Tensor &halves = tensor("halves", onnx_truth::Tensor::FLOAT16),
                     &brief = tensor("brief", onnx_truth::Tensor::INT32);
  for (const int bits : {0x3C00, 0xC000}) halves.add_int32_data(bits);
  for (const int number : {-3, 7}) brief.add_int32_data(number);
  tensor("flags", onnx_truth::Tensor::BOOL).set_raw_data(std::string("\1\0", 2));
  tensor("long", onnx_truth::Tensor::INT64)
      .set_raw_data(std::string("\5\0\0\0\0\0\0\0\377\377\377\377\377\377\377\377", 16));
  const auto graph = load_onnx(bytes_of(stored));
  ASSERT_TRUE(graph) << graph.error().message();
  ASSERT_NE(numbers_of(*graph, "halves"), nullptr);
  EXPECT_EQ(numbers_of(*graph, "halves")->floats, (std::vector<float>{1, -2}));
  EXPECT_EQ(numbers_of(*graph, "brief")->integers, (std::vector<std::int64_t>{-3, 7}));
  EXPECT_EQ(numbers_of(*graph, "flags")->integers, (std::vector<std::int64_t>{1, 0}));
  EXPECT_EQ(numbers_of(*graph, "long")->integers, (std::vector<std::int64_t>{5, -1}));
}

TEST(LoadOnnx, ReadsConstantNodesOfEveryKind) {
  onnx_truth::Model stored = model();
  const auto constant = [&](const char* name, const char* attribute) -> onnx_truth::Attribute& {
    onnx_truth::Node& node = *stored.mutable_graph()->add_node();
    node.set_op_type("Constant"), node.add_output(name);
    onnx_truth::Attribute& made = *node.add_attribute();
    made.set_name(attribute);
    return made;
  };
  constant("float", "value_float").set_f(1.5F);
  constant("int", "value_int").set_i(4);
  onnx_truth::Attribute& floats = constant("floats", "value_floats");
  floats.add_floats(1), floats.add_floats(2);
  onnx_truth::Attribute& ints = constant("ints", "value_ints");
  ints.add_ints(3), ints.add_ints(-4);
  const auto graph = load_onnx(bytes_of(stored));
  ASSERT_TRUE(graph) << graph.error().message();
  ASSERT_NE(numbers_of(*graph, "float"), nullptr);
  EXPECT_EQ(numbers_of(*graph, "float")->floats, (std::vector<float>{1.5F}));
  EXPECT_TRUE(numbers_of(*graph, "float")->shape.empty());
  EXPECT_EQ(numbers_of(*graph, "int")->integers, (std::vector<std::int64_t>{4}));
  EXPECT_EQ(numbers_of(*graph, "floats")->floats, (std::vector<float>{1, 2}));
  EXPECT_EQ(numbers_of(*graph, "ints")->shape, (Shape{2}));
  constant("words", "value_strings");
  const auto refused = load_onnx(bytes_of(stored));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("has no value that we know"), std::string::npos)
      << refused.error().message();
}

struct Spoiled {
  const char* what;
  std::function<void(onnx_truth::Model&)> spoil;
  const char* message;
  bool unsupported = false;
};

std::vector<Spoiled> spoiled() {
  return {
      {"operation", [](auto& m) { m.mutable_graph()->mutable_node(0)->set_op_type("LSTM"); },
       "node 'first': unsupported operation 'LSTM'; use the onnxruntime backend", true},
      {"control characters",
       [](auto& m) {
         m.mutable_graph()->mutable_node(0)->set_name("a\nb"),
             m.mutable_graph()->mutable_node(0)->set_op_type("LSTM");
       },
       "node 'a?b': unsupported operation 'LSTM'; use the onnxruntime backend", true},
      {"unprintable operation and no such tensor",
       [](auto& m) {
         m.mutable_graph()->mutable_node(0)->set_op_type("\x1b[2J");
         m.mutable_graph()->mutable_node(0)->set_input(1, "v");
       },
       "node 'first': unsupported operation '?[2J'; use the onnxruntime backend", true},
      {"groups",
       [](auto& m) {
         onnx_truth::Attribute& a = *m.mutable_graph()->mutable_node(0)->add_attribute();
         a.set_name("group"), a.set_type(onnx_truth::Attribute::INT), a.set_i(std::int64_t{1} << 62);
       },
       "node 'first' (Conv): unsupported attribute 'group'; use the onnxruntime backend", true},
      {"opset", [](auto& m) { m.mutable_opset_import(0)->set_version(8); },
       "opset_import: unsupported opset 8, known are 11 to 21; use the onnxruntime backend", true},
      {"missing tensor", [](auto& m) { m.mutable_graph()->mutable_node(0)->set_input(1, "v"); },
       "node 'first' (Conv): reads tensor 'v', which nothing before it makes; export the network again"},
      {"cycle", [](auto& m) { m.mutable_graph()->mutable_node(0)->set_input(0, "y"); },
       "node 'first' (Conv): reads tensor 'y', which nothing before it makes; export the network again"},
      {"twice", [](auto& m) { m.mutable_graph()->mutable_node(0)->set_output(0, "x"); },
       "node 'first' (Conv): tensor 'x' is made twice; export the network again"},
      {"no output", [](auto& m) { m.mutable_graph()->mutable_node(0)->clear_output(); },
       "node 'first' (Conv): has no output; export the network again"},
      {"output without a name", [](auto& m) { m.mutable_graph()->mutable_node(0)->set_output(0, ""); },
       "node 'first' (Conv): has no output; export the network again"},
      {"two outputs", [](auto& m) { m.mutable_graph()->mutable_node(0)->add_output("second"); },
       "node 'first' (Conv): unsupported second output 'second'; use the onnxruntime backend", true},
      {"fourth input",
       [](auto& m) {
         for (int i = 0; i < 2; ++i) m.mutable_graph()->mutable_node(0)->add_input("w");
       },
       "node 'first' (Conv): unsupported fourth input; use the onnxruntime backend", true},
      {"constant twice over",
       [](auto& m) {
         onnx_truth::Node& node = *m.mutable_graph()->add_node();
         node.set_op_type("Constant"), node.set_name("c"), node.add_output("a"), node.add_output("b");
       },
       "node 'c' (Constant): has 2 outputs, expected 1; export the network again"},
      {"no outputs", [](auto& m) { m.mutable_graph()->clear_output(); },
       "graph: has no outputs; export the network again"},
      {"no operator set", [](auto& m) { m.clear_opset_import(); },
       "opset_import: unsupported opset 0, known are 11 to 21; use the onnxruntime backend", true},
      {"another operator set", [](auto& m) { m.mutable_opset_import(0)->set_domain("com.microsoft"); },
       "opset_import: unsupported opset 0, known are 11 to 21; use the onnxruntime backend", true},
      {"another domain", [](auto& m) { m.mutable_graph()->mutable_node(0)->set_domain("com.microsoft"); },
       "node 'first': unsupported operation 'Conv'; use the onnxruntime backend", true},
      {"negative stride",
       [](auto& m) {
         onnx_truth::Attribute& a = *m.mutable_graph()->mutable_node(0)->add_attribute();
         a.set_name("strides"), a.set_type(onnx_truth::Attribute::INTS), a.add_ints(1), a.add_ints(-1);
       },
       "node 'first' (Conv): unsupported attribute 'strides'; use the onnxruntime backend", true},
      {"one stride",
       [](auto& m) {
         onnx_truth::Attribute& a = *m.mutable_graph()->mutable_node(0)->add_attribute();
         a.set_name("strides"), a.set_type(onnx_truth::Attribute::INTS), a.add_ints(1);
       },
       "node 'first' (Conv): unsupported attribute 'strides'; use the onnxruntime backend", true},
      {"resize by nearest",
       [](auto& m) {
         onnx_truth::Node& node = *m.mutable_graph()->mutable_node(0);
         node.set_op_type("Resize"), node.clear_input();
         for (const char* input : {"x", "", "w"}) node.add_input(input);
       },
       "node 'first' (Resize): unsupported mode, known is linear with align_corners; use the onnxruntime "
       "backend",
       true},
      {"fill of two numbers",
       [](auto& m) {
         onnx_truth::Node& node = *m.mutable_graph()->mutable_node(0);
         node.set_op_type("ConstantOfShape");
         onnx_truth::Attribute& a = *node.add_attribute();
         a.set_name("value"), a.set_type(onnx_truth::Attribute::TENSOR);
         a.mutable_t()->set_data_type(onnx_truth::Tensor::FLOAT), a.mutable_t()->add_dims(2);
         for (int i = 0; i < 2; ++i) a.mutable_t()->add_float_data(1);
       },
       "node 'first' (ConstantOfShape): unsupported value of more than one element; use the onnxruntime "
       "backend",
       true},
      {"output", [](auto& m) { m.mutable_graph()->mutable_output(0)->set_name("z"); },
       "output 'z': no node makes it; export the network again"},
      {"short weight",
       [](auto& m) { m.mutable_graph()->mutable_initializer(0)->mutable_float_data()->RemoveLast(); },
       "tensor 'w': holds 3 elements, expected 4; export the network again"},
      {"huge weight",
       [](auto& m) { m.mutable_graph()->mutable_initializer(0)->set_dims(0, std::int64_t{1} << 62); },
       "tensor 'w': has the impossible shape [4611686018427387904,2,1,1]; export the network again"},
      {"external",
       [](auto& m) {
         m.mutable_graph()->mutable_initializer(0)->set_data_location(onnx_truth::Tensor::EXTERNAL);
       },
       "tensor 'w': keeps its data in another file; export the network as one file"},
      {"type",
       [](auto& m) { m.mutable_graph()->mutable_initializer(0)->set_data_type(onnx_truth::Tensor::DOUBLE); },
       "tensor 'w': unsupported element type 11; export the network as float32", true},
      {"misfit",
       [](auto& m) {
         m.mutable_graph()->mutable_initializer(0)->set_dims(1, 4),
             m.mutable_graph()->mutable_initializer(0)->set_dims(0, 1);
       },
       "node 'first' (Conv): weight [1,4,1,1] does not fit input [1,2,3,3]; export the network again"},
      {"weight of integers",
       [](auto& m) {
         onnx_truth::Tensor& w = *m.mutable_graph()->mutable_initializer(0);
         w.set_data_type(onnx_truth::Tensor::INT64);
         for (int i = 0; i < 4; ++i) w.add_int64_data(i);
       },
       "node 'first' (Conv): inputs of the wrong element type; export the network again"},
      {"attribute",
       [](auto& m) {
         onnx_truth::Attribute& a = *m.mutable_graph()->mutable_node(0)->add_attribute();
         a.set_name("auto_pad"), a.set_type(onnx_truth::Attribute::STRING), a.set_s("SAME_UPPER");
       },
       "node 'first' (Conv): unsupported attribute 'auto_pad' = 'SAME_UPPER'; use the onnxruntime backend",
       true},
      {"size",
       [](auto& m) {
         set_dims(*(m.mutable_graph()->clear_input(), m.mutable_graph()->add_input()), "x", {1, 2, -1, 3});
       },
       "input 'x': unsupported symbolic dimension 2: only the batch may be open; export the network with "
       "fixed sizes",
       true},
  };
}

TEST(LoadOnnx, SaysWhatIsWrongWhere) {
  for (const Spoiled& spoilt : spoiled()) {
    SCOPED_TRACE(spoilt.what);
    onnx_truth::Model m = model();
    spoilt.spoil(m);
    const Status status = load_and_infer(bytes_of(m));
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kBadAvatar);
    EXPECT_EQ(status.error().message(), spoilt.message);
    EXPECT_EQ(is_unsupported(status.error()), spoilt.unsupported);
  }
}

TEST(LoadOnnx, SurvivesTruncationAtEveryByteAndEveryChangedByte) {
  const auto file = read_file("tests/golden/graph/pytorch_export.onnx");
  ASSERT_TRUE(file);
  for (std::size_t n = 0; n < file->size(); n += 1 + n / 20) {
    auto graph = load_onnx(std::span(*file).first(n));
    EXPECT_FALSE(graph) << n;
  }
  const std::vector<std::uint8_t> small = bytes_of(model());
  for (std::size_t n = 0; n < small.size(); ++n)
    for (const int change : {0x01, 0x80, 0xFF}) {
      std::vector<std::uint8_t> changed = small;
      changed[n] = static_cast<std::uint8_t>(changed[n] ^ change);
      const Status status = load_and_infer(changed);  // either is fine; a crash is not
      if (!status) {
        EXPECT_FALSE(status.error().message().empty());
      }
    }
}

TEST(LoadOnnx, NamesTheFileThatIsMissing) {
  const auto graph = load_onnx(std::filesystem::path("no/such.onnx"));
  ASSERT_FALSE(graph);
  EXPECT_EQ(graph.error().code, ErrorCode::kBadAvatar);
  EXPECT_NE(graph.error().message().find("no/such.onnx"), std::string::npos);
}

}  // namespace
}  // namespace framegen::graph
