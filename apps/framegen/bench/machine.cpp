// machine.cpp: what a figure means nothing without.
#include <fmt/format.h>

extern "C" {
#include <libavutil/avutil.h>
}
#include <opencv2/core/utility.hpp>

#include "bench/run.hpp"
#include "core/gpus.hpp"
#include "core/machine.hpp"
#include "kernels/instruction_set.hpp"
#include "nn/onnxruntime/onnxruntime_network.hpp"

namespace framegen::app {

Json describe_bench_machine() {
  const Machine machine = describe_machine();
  std::string sets;
  for (const std::string& set : instruction_sets()) sets += (sets.empty() ? "" : ", ") + set;
  const auto runtime = describe_onnxruntime();
  std::string gpus;
  for (const Gpu& gpu : find_gpus()) gpus += (gpus.empty() ? "" : "; ") + framegen::describe(gpu);
  return {{"cpu", machine.cpu},
          {"cores", std::to_string(machine.cores)},
          {"instruction sets", sets},
          {"memory", fmt::format("{:.1f} GB", static_cast<double>(machine.memory_bytes) / 1e9)},
          {"GPUs", gpus.empty() ? "none" : gpus},
          {"system", machine.system.substr(0, machine.system.find(' ')) + " " + machine.architecture},
          {"framegen", FRAMEGEN_VERSION},
          {"ONNX Runtime", runtime ? runtime->version : "none: " + runtime.error().message()},
          {"FFmpeg", ::av_version_info()},
          {"OpenCV", cv::getVersionString()}};
}

}  // namespace framegen::app
