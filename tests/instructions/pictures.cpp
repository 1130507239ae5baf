// pictures.cpp NETWORK.onnx WAY PRECISION COUNT: a generator makes COUNT faces on one thread, in numbers that
// are the same every time: what scripts/instructions.sh counts. WAY: kept (from image parts) or once (the
// whole network); PRECISION: fp32, bf16 or int8.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "core/aligned_buffer.hpp"
#include "core/image.hpp"
#include "kernels/instruction_set.hpp"
#include "nn/native/split_network.hpp"

namespace framegen {
namespace {

const std::map<std::string, ProductPrecision> kPrecisions{{"fp32", ProductPrecision::kFloat32},
                                                          {"bf16", ProductPrecision::kBFloat16},
                                                          {"int8", ProductPrecision::kInt8}};

// Between 0 and 1, from a linear congruence (Numerical Recipes' constants).
std::vector<float> numbers(std::size_t count, std::uint32_t seed) {
  std::vector<float> values(count);
  for (float& value : values) {
    seed = seed * 1664525U + 1013904223U;
    value = static_cast<float>(seed >> 8) / static_cast<float>(1U << 24);
  }
  return values;
}

struct Inputs {
  Shape picture_shape;
  std::vector<float> picture, sound;
};

Inputs inputs_of(const NetworkInfo& info, const std::string& changing) {
  Inputs inputs;
  for (const TensorInfo& tensor : info.inputs) {
    Shape shape = tensor.shape;
    shape[0] = 1;
    if (tensor.name == changing) {
      inputs.sound = numbers(element_count(shape), 1);
    } else {
      inputs.picture_shape = shape;
      inputs.picture = numbers(element_count(shape), 2);
    }
  }
  return inputs;
}

// What bytes must be able to hold: as the network sees it in float32.
Result<ChannelRanges> ranges_of(const std::string& file, SplitOptions options) {
  options.precision = ProductPrecision::kFloat32;
  options.passes_off = {"fuse-blocks"};
  const auto network = FRAMEGEN_TRY(SplitNetwork::load(std::filesystem::path(file), options));
  const auto runner = FRAMEGEN_TRY(network->make_runner());
  const Inputs inputs = inputs_of(network->info(), options.changing_input);
  ChannelRanges ranges;
  runner->watch(&ranges);
  Shape out = network->info().outputs[0].shape;
  out[0] = 1;
  std::vector<float> output(element_count(out));
  const TensorView picture(inputs.picture_shape, inputs.picture);
  FRAMEGEN_TRY(runner->run_once({&picture, 1}, inputs.sound, output, {}));
  return ranges;
}

Status make(const std::string& file, bool kept, ProductPrecision precision, int count) {
  SplitOptions options;
  options.storage = KeptStorage::kScaled;
  options.precision = precision;
  if (precision == ProductPrecision::kInt8) options.ranges = FRAMEGEN_TRY(ranges_of(file, options));
  const auto network = FRAMEGEN_TRY(SplitNetwork::load(std::filesystem::path(file), options));
  const auto runner = FRAMEGEN_TRY(network->make_runner());
  const Inputs inputs = inputs_of(network->info(), options.changing_input);
  const TensorView picture(inputs.picture_shape, inputs.picture);
  AlignedBuffer<std::byte> part(network->image_part_bytes());
  Image face(static_cast<int>(network->info().outputs[0].shape[3]),
             static_cast<int>(network->info().outputs[0].shape[2]));
  if (kept) FRAMEGEN_TRY(runner->run_image({&picture, 1}, part.span()));
  for (int i = 0; i < count; ++i) {
    if (kept) FRAMEGEN_TRY(runner->run_audio(inputs.sound, part.span(), {}, face.view()));
    if (!kept) FRAMEGEN_TRY(runner->run_once({&picture, 1}, inputs.sound, {}, face.view()));
  }
  unsigned sum = 0;
  for (std::size_t i = 0; i < face.bytes(); ++i) sum = sum * 31 + face.data()[i];
  std::printf("%s %08x\n", instruction_set().c_str(), sum);
  return {};
}

}  // namespace
}  // namespace framegen

int main(int argc, char** argv) {
  using namespace framegen;
  const std::string way = argc == 5 ? argv[2] : "";
  if ((way != "kept" && way != "once") || !kPrecisions.contains(argv[3])) {
    std::fputs("usage: pictures NETWORK.onnx kept|once fp32|bf16|int8 COUNT\n", stderr);
    return 2;
  }
  const Status made = make(argv[1], way == "kept", kPrecisions.at(argv[3]), std::atoi(argv[4]));
  if (!made) std::fprintf(stderr, "%s\n", made.error().message().c_str());
  return made ? 0 : 1;
}
