// doctor.cpp: framegen doctor: what this machine has, and what is missing.
#include "command.hpp"
#include "kernels/instruction_set.hpp"
#include "nn/onnxruntime/onnxruntime_network.hpp"
#include "pipeline/machine.hpp"
#include "sink/h264_encoder.hpp"
#include "table.hpp"

namespace framegen::app {
namespace {

nlohmann::ordered_json examine() {
  const Machine machine = describe_machine();
  nlohmann::ordered_json facts;
  facts["framegen"] = FRAMEGEN_VERSION;
  facts["machine"] = {{"cpu", machine.cpu},
                      {"cores", machine.cores},
                      {"memory_gb", static_cast<double>(machine.memory_bytes >> 20) / 1024.0},
                      {"system", machine.system},
                      {"instruction sets", instruction_sets()}};
  if (const auto runtime = describe_onnxruntime()) {
    facts["onnxruntime"] = {
        {"version", runtime->version}, {"library", runtime->path}, {"providers", runtime->providers}};
  } else {
    facts["onnxruntime"] = "missing: " + runtime.error().message();
  }
  facts["h264 encoder"] =
      h264_encoder_name().empty() ? "missing: install an FFmpeg with libx264" : h264_encoder_name();
  const auto avatar = avatar_folder("");
  facts["default avatar"] = avatar ? avatar->string() : "missing: " + avatar.error().message();
  return facts;
}

}  // namespace

void add_doctor(CLI::App& program, int& exit_code) {
  auto as_json = std::make_shared<bool>(false);
  CLI::App* command = program.add_subcommand("doctor", "say what this machine has and what is missing");
  command->add_flag("--json", *as_json, "as JSON");
  command->callback([as_json, &exit_code] {
    const auto facts = examine();
    print(facts, *as_json);
    for (const auto& [key, value] : facts.items())
      if (value.is_string() && value.get<std::string>().starts_with("missing")) exit_code = 1;
  });
}

}  // namespace framegen::app
