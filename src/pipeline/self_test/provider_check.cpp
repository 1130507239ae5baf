// provider_check.cpp: an execution provider calculates what the CPU calculates.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>

#include "generator/synth_model.hpp"
#include "nn/onnxruntime/onnxruntime_network.hpp"
#include "pipeline/self_test/self_test.hpp"

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

void judge_provider(Provider provider, SelfCheck& result) {
  const auto model = make_synth_model({.width = 0.5});
  const auto expected = model ? result_of(model->audio_encoder, OnnxRuntimeProvider::kCpu) : model.error();
  const auto found =
      expected ? result_of(model->audio_encoder, static_cast<OnnxRuntimeProvider>(provider)) : expected;
  if (!found) {
    result.seen = found.error().what;
    return;
  }
  double difference = 0;
  for (std::size_t i = 0; i < expected->size(); ++i) {
    const double here = std::abs(static_cast<double>((*expected)[i]) - static_cast<double>((*found)[i]));
    if (!(here <= difference)) difference = here;  // a NaN stays
    if (std::isnan(here)) break;
  }
  result.passed = difference <= kAllowed;
  result.seen = fmt::format("largest difference {:.2g}, allowed {:.2g}", difference, kAllowed);
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
  const auto start = std::chrono::steady_clock::now();
  SelfCheck result{
      fmt::format("provider {}", to_string(provider)), false, {}, "docs/gpu.md says what it needs", 0};
  try {
    judge_provider(provider, result);
  } catch (const std::exception& e) {
    result.seen = e.what();
  }
  result.ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace framegen
