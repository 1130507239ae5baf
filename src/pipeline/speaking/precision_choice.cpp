// precision_choice.cpp: from the fastest down, the first that is alike enough.
#include "pipeline/speaking/precision_choice.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>

#include "kernels/network/product_precision.hpp"

namespace framegen {
namespace {

constexpr const char* kMeasure = "framegen calibrate measures it";

struct Candidate {
  Precision precision;
  const char* word;
  bool fast;
  std::optional<double> ssim;
};

std::string why_not(const Candidate& candidate) {
  if (!candidate.fast) return "this CPU has no instructions for it";
  if (!candidate.ssim) return std::string("how like fp32 it is was not measured, ") + kMeasure;
  return fmt::format("SSIM {:.4f} against fp32, {} is asked", *candidate.ssim, kAlikeEnough);
}

}  // namespace

PrecisionChoice fastest_alike(const Likeness& likeness, const FastPrecisions& fast) {
  const std::array candidates{Candidate{Precision::kInt8, "int8", fast.int8, likeness.int8},
                              Candidate{Precision::kBf16, "bf16", fast.bf16, likeness.bf16}};
  std::string passed_over;
  for (const Candidate& candidate : candidates) {
    if (candidate.fast && candidate.ssim && *candidate.ssim >= kAlikeEnough)
      return {candidate.precision, std::string(candidate.word) + ": " + why_not(candidate) + passed_over};
    passed_over += std::string("; not ") + candidate.word + ": " + why_not(candidate);
  }
  return {Precision::kFp32, "fp32" + passed_over};
}

PrecisionChoice choose_precision(const EngineOptions& options, const std::filesystem::path& generator) {
  // A provider that is still to be found may be none: the native backend's precision is chosen for that.
  const bool elsewhere = options.provider != Provider::kCpu && options.provider != Provider::kAuto;
  if (options.backend == Backend::kOnnxRuntime || elsewhere)
    return {Precision::kFp32, "fp32: ONNX Runtime computes what the network says"};
  const FastPrecisions fast{product_precision_is_native(ProductPrecision::kBFloat16),
                            product_precision_is_native(ProductPrecision::kInt8)};
  if (!fast.bf16 && !fast.int8)
    return {Precision::kFp32, "fp32: this CPU has no instructions that make another one faster"};
  const auto calibration = calibration_of(generator);
  if (calibration) return fastest_alike(calibration->likeness, fast);
  const std::string& what = calibration.error().what;
  return {Precision::kFp32, fmt::format("fp32: how like it others are is not known ({} {}), {}",
                                        kCalibrationFile, what.substr(0, what.find(':')), kMeasure)};
}

}  // namespace framegen
