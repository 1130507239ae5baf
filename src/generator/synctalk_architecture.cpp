// synctalk_architecture.cpp: SyncTalk_2D's two networks, block by block (docs/reference.md §6, docs/models.md
// "Tensors").
#include <utility>

#include "generator/architecture.hpp"

namespace framegen {
namespace {

using Role = ConvolutionRole;

// Appends blocks to an architecture; every function takes and gives the name of a tensor.
class Blocks {
 public:
  explicit Blocks(std::string name) { net_.name = std::move(name); }

  std::string node(const std::string& op, const std::string& name, std::vector<std::string> inputs,
                   std::string output, std::vector<OnnxAttribute> attributes = {}) {
    net_.nodes.push_back({op, name, std::move(inputs), output, std::move(attributes)});
    return output;
  }

  std::string convolution(Convolution c, const std::string& x) {
    const auto [down, right] = c.stride;
    const std::int64_t p = c.padding;
    std::string output = node("Conv", c.name, {x, c.name + ".weight", c.name + ".bias"}, c.name + ".out",
                              {{"dilations", std::vector<std::int64_t>{1, 1}},
                               {"group", c.group},
                               {"kernel_shape", std::vector<std::int64_t>{c.weight[2], c.weight[3]}},
                               {"pads", std::vector<std::int64_t>{p, p, p, p}},
                               {"strides", std::vector<std::int64_t>{down, right}}});
    net_.convolutions.push_back(std::move(c));
    return output;
  }

  std::string relu(const std::string& name, const std::string& x) {
    return node("Relu", name + ".relu", {x}, name + ".relu");
  }

  std::string plain(Convolution c, const std::string& x) {
    const std::string name = c.name;
    return relu(name, convolution(std::move(c), x));
  }

  // Inverted residual: 1×1 to twice the channels, depthwise 3×3, 1×1; where `residual`, the block's input is
  // added.
  std::string inverted(const std::string& name, std::int64_t in, std::int64_t out, const std::string& x,
                       std::int64_t stride = 1, bool residual = false) {
    const std::int64_t wide = 2 * in;
    std::string y = plain({name + ".expand", Role::kExpand, {wide, in, 1, 1}}, x);
    y = plain({name + ".depthwise", Role::kDepthwise, {wide, 1, 3, 3}, wide, {stride, stride}, 1}, y);
    y = convolution(
        {name + ".project", residual ? Role::kResidualProject : Role::kProject, {out, wide, 1, 1}}, y);
    return residual ? node("Add", name + ".add", {x, y}, name + ".add") : y;
  }

  std::string double_inverted(const std::string& name, std::int64_t in, std::int64_t out,
                              const std::string& x, std::int64_t stride = 1) {
    return inverted(name + ".1", out, out, inverted(name + ".0", in, out, x, stride), 1, true);
  }

  std::string concat(const std::string& name, const std::string& a, const std::string& b) {
    return node("Concat", name + ".concat", {a, b}, name + ".concat", {{"axis", std::int64_t{1}}});
  }

  // Bilinear ×2, then the skip connection after the upsampled channels, then the block.
  std::string up(const std::string& name, std::int64_t in, std::int64_t out, const std::string& x,
                 const std::string& skip) {
    const std::string resized = node(
        "Resize", name + ".resize", {x, "", "upsample.scales"}, name + ".resize",
        {{"coordinate_transformation_mode", std::string("align_corners")}, {"mode", std::string("linear")}});
    return double_inverted(name, in, out, concat(name, resized, skip));
  }

  Architecture& net() { return net_; }

 private:
  Architecture net_;
};

Shape window_of(HeardFeatures heard) {
  return heard == HeardFeatures::kAve ? Shape{-1, 32, 16, 16} : Shape{-1, 32, 32, 32};
}

// [32,16,16] or [32,32,32] → [ch4,10,10].
std::string audio_branch(Blocks& b, const std::array<std::int64_t, 5>& ch, HeardFeatures heard) {
  const std::int64_t halving = heard == HeardFeatures::kAve ? 1 : 2;
  std::string a = b.inverted("audio.1", 32, ch[1], "audio");
  a = b.inverted("audio.2", ch[1], ch[2], a);
  a = b.plain({"audio.3", Role::kPlain, {ch[3], ch[2], 3, 3}, 1, {halving, halving}, 1}, a);
  a = b.inverted("audio.4", ch[3], ch[3], a, 1, true);
  a = b.plain({"audio.5", Role::kPlain, {ch[4], ch[3], 3, 3}, 1, {2, 2}, 3}, a);
  a = b.inverted("audio.6", ch[4], ch[4], a, 1, true);
  return b.inverted("audio.7", ch[4], ch[4], a, 1, true);
}

// Image and audio, 10×10 pixels each, become one: [2·ch4] → [ch3].
std::string fused(Blocks& b, const std::array<std::int64_t, 5>& ch, const std::string& image,
                  HeardFeatures heard) {
  std::string y = b.concat("fuse", image, audio_branch(b, ch, heard));
  y = b.double_inverted("fuse.0", 2 * ch[4], ch[4], y);
  return b.double_inverted("fuse.1", ch[4], ch[3], y);
}

}  // namespace

Architecture synctalk328_generator(const std::array<std::int64_t, 5>& ch, HeardFeatures heard) {
  Blocks b("synctalk328");
  b.net().inputs = {{"input", {-1, 6, 320, 320}}, {"audio", window_of(heard)}};
  b.net().outputs = {{"output", {-1, 3, 320, 320}}};
  const std::string x1 = b.inverted("inc", 6, ch[0], "input");  // 320 pixels, halved from block to block
  const std::string x2 = b.double_inverted("down1", ch[0], ch[0], x1, 2);
  const std::string x3 = b.double_inverted("down2", ch[0], ch[1], x2, 2);
  const std::string x4 = b.double_inverted("down3", ch[1], ch[2], x3, 2);
  const std::string x5 = b.double_inverted("down4", ch[2], ch[3], x4, 2);
  const std::string x6 = b.double_inverted("down5", ch[3], ch[4], x5, 2);
  std::string y = fused(b, ch, x6, heard);
  y = b.up("up1", ch[4], ch[3] / 2, y, x5);
  y = b.up("up2", ch[3], ch[2] / 2, y, x4);
  y = b.up("up3", ch[2], ch[1] / 2, y, x3);
  y = b.up("up4", ch[1], ch[0], y, x2);
  y = b.up("up5", ch[1], ch[0] / 2, y, x1);
  y = b.convolution({"out", Role::kOut, {3, ch[0] / 2, 1, 1}}, y);
  b.node("Sigmoid", "sigmoid", {y}, "output");
  b.net().constants = {{"upsample.scales", {4}, {1, 1, 2, 2}}};
  return std::move(b.net());
}

Architecture synctalk160_generator(const std::array<std::int64_t, 5>& ch, HeardFeatures heard) {
  Blocks b("synctalk160");
  b.net().inputs = {{"input", {-1, 6, 160, 160}}, {"audio", window_of(heard)}};
  b.net().outputs = {{"output", {-1, 3, 160, 160}}};
  const std::string x1 = b.inverted("inc", 6, ch[0], "input");  // 160 pixels, halved from block to block
  const std::string x2 = b.double_inverted("down1", ch[0], ch[1], x1, 2);
  const std::string x3 = b.double_inverted("down2", ch[1], ch[2], x2, 2);
  const std::string x4 = b.double_inverted("down3", ch[2], ch[3], x3, 2);
  const std::string x5 = b.double_inverted("down4", ch[3], ch[4], x4, 2);
  std::string y = fused(b, ch, x5, heard);
  y = b.up("up1", ch[4], ch[3] / 2, y, x4);
  y = b.up("up2", ch[3], ch[2] / 2, y, x3);
  y = b.up("up3", ch[2], ch[1] / 2, y, x2);
  y = b.up("up4", ch[1], ch[0], y, x1);
  y = b.convolution({"out", Role::kOut, {3, ch[0], 1, 1}}, y);
  b.node("Sigmoid", "sigmoid", {y}, "output");
  b.net().constants = {{"upsample.scales", {4}, {1, 1, 2, 2}}};
  return std::move(b.net());
}

Architecture synctalk_audio_encoder(std::int64_t channels) {
  struct Row {
    std::int64_t in, out, kernel;
    std::array<std::int64_t, 2> stride;
    std::int64_t padding;
    bool residual;
  };
  static constexpr std::array<Row, 13> kRows{{{1, 32, 3, {1, 1}, 1, false},
                                              {32, 32, 3, {1, 1}, 1, true},
                                              {32, 32, 3, {1, 1}, 1, true},
                                              {32, 64, 3, {3, 1}, 1, false},
                                              {64, 64, 3, {1, 1}, 1, true},
                                              {64, 64, 3, {1, 1}, 1, true},
                                              {64, 128, 3, {3, 3}, 1, false},
                                              {128, 128, 3, {1, 1}, 1, true},
                                              {128, 128, 3, {1, 1}, 1, true},
                                              {128, 256, 3, {3, 2}, 1, false},
                                              {256, 256, 3, {1, 1}, 1, true},
                                              {256, 512, 3, {1, 1}, 0, false},
                                              {512, 512, 1, {1, 1}, 0, false}}};
  Blocks b("synctalk_audio_encoder");
  b.net().inputs = {{"mel", {-1, 1, 80, 16}}};
  b.net().outputs = {{"emb", {-1, 16 * channels}}};
  const auto scaled = [&](std::int64_t published) { return published == 1 ? 1 : published * channels / 32; };
  std::string x = "mel";
  for (std::size_t k = 0; k < kRows.size(); ++k) {
    const Row& r = kRows[k];
    const std::string name = "enc." + std::to_string(k);
    std::string y = b.convolution({name,
                                   r.residual ? Role::kResidualPlain : Role::kPlain,
                                   {scaled(r.out), scaled(r.in), r.kernel, r.kernel},
                                   1,
                                   r.stride,
                                   r.padding},
                                  x);
    if (r.residual) y = b.node("Add", name + ".add", {y, x}, name + ".add");
    x = b.relu(name, y);
  }
  b.node("Flatten", "flatten", {x}, "emb", {{"axis", std::int64_t{1}}});
  return std::move(b.net());
}

}  // namespace framegen
