// report.cpp: a render's report as JSON.
#include "pipeline/rendering/report.hpp"

#include <nlohmann/json.hpp>

#include "core/machine.hpp"
#include "pipeline/speaking/engine_impl.hpp"

namespace framegen {
namespace {

// Bytes that one frame moves through a stage.
std::uint64_t picture_bytes(const Avatar& avatar) {
  return static_cast<std::uint64_t>(avatar.info().width) * static_cast<std::uint64_t>(avatar.info().height) *
         3;
}

const char* word(Mode mode) {
  switch (mode) {
    case Mode::kSequential:
      return "sequential";
    case Mode::kMutex:
      return "mutex";
    case Mode::kSessionPool:
      return "session-pool";
    case Mode::kSharedSession:
      return "shared-session";
  }
  return "";
}

const char* word(Precision precision) {
  switch (precision) {
    case Precision::kFp32:
      return "fp32";
    case Precision::kBf16:
      return "bf16";
    case Precision::kInt8:
      return "int8";
    case Precision::kAuto:
      return "auto";
    case Precision::kFp16:
      return "fp16";
  }
  return "";
}
const char* word(ImageParts parts) {
  return parts == ImageParts::kKeep ? "keep" : parts == ImageParts::kOnce ? "once" : "what-pays";
}

}  // namespace

std::vector<StageTime> stage_times(const SessionStats& stats, double read_s, double sink_s,
                                   const Avatar& avatar) {
  const auto frames = static_cast<std::uint64_t>(stats.frames);
  const auto face = static_cast<std::uint64_t>(avatar.impl().speaker->image_size());
  const std::uint64_t face_bytes = face * face * 3;
  return {{"read_audio", read_s, 0},
          {"features", stats.features_s, frames * avatar.impl().speaker->window_size() * sizeof(float)},
          {"prepare_template", stats.prepare_s, 0},
          {"generator", stats.generator_s, frames * face_bytes},
          {"paste", stats.paste_s, frames * face_bytes},
          {"compose", stats.compose_s, frames * picture_bytes(avatar)},
          {"sinks", sink_s, frames * picture_bytes(avatar)}};
}

std::string context_json(const Engine& engine, const Avatar& avatar) {
  const Machine machine = describe_machine();
  const EngineOptions& options = engine.options();
  const AvatarInfo& info = avatar.info();
  auto json = nlohmann::ordered_json::object();
  json["version"] = FRAMEGEN_VERSION;
  json["machine"] = {{"cpu", machine.cpu},
                     {"architecture", machine.architecture},
                     {"system", machine.system},
                     {"cores", machine.cores},
                     {"memory_bytes", machine.memory_bytes}};
  json["avatar"] = {{"name", info.name},
                    {"width", info.width},
                    {"height", info.height},
                    {"fps", info.fps},
                    {"template_frames", info.template_frames}};
  json["backend"] = {{"name", info.backend},
                     {"why", info.backend_reason},
                     {"precision", info.precision},
                     {"workers", info.workers},
                     {"batch", info.batch}};
  if (!info.precision_reason.empty()) json["backend"]["precision_why"] = info.precision_reason;
  json["options"] = {{"threads", options.threads},
                     {"mode", word(options.mode)},
                     {"provider", to_string(options.provider)},
                     {"precision", word(options.precision)},
                     {"image_parts", word(options.image_parts)},
                     {"sandbox", options.sandbox == nullptr ? "none" : options.sandbox->walls()},
                     {"memory_budget_bytes", options.memory_budget_bytes}};
  return json.dump();
}

std::string RenderReport::to_json() const {
  nlohmann::ordered_json json = nlohmann::ordered_json::parse(context_json.empty() ? "{}" : context_json);
  json["frames"] = frames;
  json["elapsed_s"] = elapsed_s;
  json["frames_per_second"] = frames_per_second;
  json["speech_s"] = speech_s;
  if (!frames_sha256.empty()) json["frames_sha256"] = frames_sha256;
  json["peak_memory_bytes"] = peak_memory_bytes;
  json["image_parts"] = {{"in_memory", image_parts.in_memory},
                         {"from_disk", image_parts.from_disk},
                         {"computed", image_parts.computed},
                         {"at_once", image_parts.at_once}};
  if (video_width > 0) json["video"] = {{"width", video_width}, {"height", video_height}};
  json["stages"] = nlohmann::ordered_json::array();
  for (const StageTime& stage : stages)
    json["stages"].push_back(
        {{"name", stage.name},
         {"seconds", stage.seconds},
         {"ms_per_frame", frames > 0 ? stage.seconds * 1e3 / static_cast<double>(frames) : 0.0},
         {"bytes", stage.bytes}});
  return json.dump(2);
}

}  // namespace framegen
