// precision_choice.hpp: what Precision::kAuto means for an avatar on this machine.
#pragma once

#include <filesystem>
#include <string>

#include "framegen/engine.hpp"
#include "generator/calibration.hpp"

namespace framegen {

inline constexpr double kAlikeEnough = 0.995;  // SSIM against fp32: what nobody sees on a speaking face

struct PrecisionChoice {
  Precision precision = Precision::kFp32;
  std::string reason;  // "int8: SSIM 0.9965 against fp32, 0.995 is asked"
};

// Which of them this machine computes faster than the one before it.
struct FastPrecisions {
  bool bf16 = false, int8 = false;
};

// The fastest whose likeness is written and no less than kAlikeEnough; fp32 where there is none.
PrecisionChoice fastest_alike(const Likeness& likeness, const FastPrecisions& fast);

// The same by what lies beside the generator. What cannot be read is as good as nothing: fp32 needs none of
// it. `options` with the instruction set already chosen (Engine::create).
PrecisionChoice choose_precision(const EngineOptions& options, const std::filesystem::path& generator);

}  // namespace framegen
