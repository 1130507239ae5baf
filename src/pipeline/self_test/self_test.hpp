// self_test.hpp: does this machine calculate what the reference calculated? For `doctor`, in seconds.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "framegen/engine.hpp"
#include "pipeline/self_test/data.hpp"

namespace framegen {

struct SelfCheck {
  std::string name;  // "mel spectrogram"
  bool passed = false;
  std::string seen;    // "largest difference 2.9e-06, allowed 1e-04", or the error that came instead
  std::string remedy;  // what to do where it did not pass
  double ms = 0;
};

// Every stage against golden numbers, each on its own: one that fails hides no other. Takes about a second;
// writes one small video into the system's temporary folder and removes it.
std::vector<SelfCheck> self_test(const SelfTestData& golden = self_test_data());

// Three frames of silence spoken by this avatar: with the native backend and, where ONNX Runtime is there and
// runs it, with that: no pixel may differ by more than 1. Nothing is written.
SelfCheck check_speaking(const std::filesystem::path& avatar);

// The execution providers, beside the CPU, that the ONNX Runtime here says it has. That does not say that one
// starts.
std::vector<Provider> providers_there();
// The pinned audio encoder on this provider and on the CPU: no value may differ by more than 1e-4. One that
// does not start has not passed, and `seen` says why.
SelfCheck check_provider(Provider provider);

}  // namespace framegen
