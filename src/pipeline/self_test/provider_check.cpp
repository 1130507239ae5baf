// provider_check.cpp: an execution provider calculates what the CPU calculates.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "generator/synth_model.hpp"
#include "nn/onnxruntime/onnxruntime_network.hpp"
#include "pipeline/self_test/check.hpp"

namespace framegen {
namespace {

constexpr double kAllowed = 1e-4;

// What a network makes of a wave; a symbolic batch is 1.
Result<std::vector<float>> result_of(std::span<const std::uint8_t> model, OnnxRuntimeProvider provider) {
  const auto network = FRAMEGEN_TRY(load_onnxruntime_network(model, "self-test", {.provider = provider}));
  const auto runner = FRAMEGEN_TRY(network->make_runner());
  const auto whole = [](Shape shape) {
    for (std::int64_t& size : shape) size = std::max<std::int64_t>(size, 1);
    return shape;
  };
  const Shape in = whole(network->info().inputs.at(0).shape),
              out = whole(network->info().outputs.at(0).shape);
  std::vector<float> input(element_count(in)), output(element_count(out));
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = std::sin(static_cast<float>(i) * 0.37f) - 0.5f;
  const TensorView given(in, input);
  const MutableTensorView made(out, output);
  FRAMEGEN_TRY(runner->run({&given, 1}, {&made, 1}));
  return output;
}

Result<Seen> held_against_the_cpu(Provider provider) {
  const auto model = FRAMEGEN_TRY(make_synth_model({.width = 0.5}));
  const auto expected = FRAMEGEN_TRY(result_of(model.audio_encoder, OnnxRuntimeProvider::kCpu));
  const auto found = FRAMEGEN_TRY(result_of(model.audio_encoder, static_cast<OnnxRuntimeProvider>(provider)));
  return compare<float>(found, expected, kAllowed);
}

}  // namespace

std::vector<Provider> providers_there() {
  std::vector<Provider> there;
  if (const auto runtime = describe_onnxruntime())
    for (const OnnxRuntimeProvider provider : known_providers(runtime->providers))
      if (provider != OnnxRuntimeProvider::kCpu) there.push_back(static_cast<Provider>(provider));
  return there;
}

SelfCheck check_provider(Provider provider) {
  return compared_check(fmt::format("provider {}", to_string(provider)), "docs/gpu.md says what it needs",
                        [&]() -> Result<Seen> {
                          auto seen = held_against_the_cpu(provider);
                          // Which provider it is, and what to do, stand beside it.
                          if (!seen) return Error{seen.error().code, "", seen.error().what, ""};
                          return seen;
                        });
}

}  // namespace framegen
