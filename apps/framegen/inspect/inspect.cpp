// inspect.cpp: framegen inspect: what an avatar, a network or an audio file holds.
#include <algorithm>
#include <cmath>

#include "audio/audio_reader.hpp"
#include "audio/resampler.hpp"
#include "avatar/avatar_bundle.hpp"
#include "command.hpp"
#include "core/files.hpp"
#include "core/sha256.hpp"
#include "features/mel_windows.hpp"
#include "inspect/check.hpp"
#include "inspect/network.hpp"
#include "kernels/instruction_set.hpp"
#include "pipeline/speaking/precision_choice.hpp"
#include "table.hpp"
#include "words/speech_file.hpp"

namespace framegen::app {
namespace {

using Json = nlohmann::ordered_json;

Json of_boxes(const std::vector<Rectangle>& boxes) {
  int smallest = boxes.front().width, largest = boxes.front().width, left = boxes.front().x, right = left,
      top = boxes.front().y, bottom = top;
  for (const Rectangle& box : boxes) {
    smallest = std::min(smallest, box.width);
    largest = std::max(largest, box.width);
    left = std::min(left, box.x);
    right = std::max(right, box.x + box.width);
    top = std::min(top, box.y);
    bottom = std::max(bottom, box.y + box.height);
  }
  return {{"sides", {smallest, largest}}, {"span_x", {left, right}}, {"span_y", {top, bottom}}};
}

std::uint64_t size_of(const std::filesystem::path& path) {
  std::error_code missing;
  std::uint64_t bytes = 0;
  if (std::filesystem::is_directory(path, missing)) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path, missing))
      bytes += entry.is_regular_file(missing) ? entry.file_size(missing) : 0;
    return bytes;
  }
  bytes = std::filesystem::file_size(path, missing);
  return missing ? 0 : bytes;
}

Result<Json> inspect_avatar(const std::filesystem::path& folder) {
  const AvatarBundle bundle =
      FRAMEGEN_TRY(AvatarBundle::open(folder, [](LogLevel, std::string_view text) { print_warning(text); }));
  FRAMEGEN_TRY(bundle.verify());
  const Manifest& m = bundle.manifest();
  Json facts = Json::object();
  facts["avatar"] = m.name;
  facts["licence"] = m.licence;
  facts["source"] = m.source;
  facts["size"] = {m.width, m.height};
  facts["fps"] = m.fps;
  facts["template_frames"] = m.frames.size();
  facts["face_boxes"] = of_boxes(m.boxes);
  if (m.idle) facts["idle"] = {m.idle->first, m.idle->second};
  facts["image"] = {{"size", m.image.size},
                    {"crop", m.image.crop},
                    {"inset", m.image.inset},
                    {"mask",
                     {m.image.mask.x, m.image.mask.y, m.image.mask.x + m.image.mask.width - 1,
                      m.image.mask.y + m.image.mask.height - 1}}};
  facts["audio"] = {
      {"features", m.audio.features}, {"window", {m.audio.first, m.audio.last}}, {"shape", m.audio.shape}};
  facts["generator"] = {{"file", m.generator.file},
                        {"bytes", size_of(bundle.generator_file())},
                        {"sha256", m.generator.sha256}};
  if (!m.audio.is_direct())
    facts["audio_encoder"] = {{"file", m.audio_encoder.file},
                              {"bytes", size_of(bundle.audio_encoder_file())},
                              {"sha256", m.audio_encoder.sha256}};
  facts["precision_auto"] = choose_precision({}, bundle.generator_file()).reason;
  facts["cache_bytes"] = size_of(bundle.cache_folder());
  facts["instruction_set"] = instruction_set();
  return facts;
}

Result<Json> inspect_audio(const std::filesystem::path& file) {
  const AudioReader reader = FRAMEGEN_TRY(AudioReader::open(file));
  const AudioInfo& info = reader.info();
  Json facts{{"audio", file.string()},
             {"container", info.container},
             {"codec", info.codec},
             {"sample_rate_hz", info.sample_rate_hz},
             {"channels", info.channels}};
  if (info.duration_s) {
    facts["duration_s"] = *info.duration_s;
    facts["frames_at_25_per_s"] =
        frame_count(static_cast<std::int64_t>(std::ceil(*info.duration_s * kSpeechRateHz)));
  }
  return facts;
}

// Figures as a table; what is wrong after it, with what to do.
void print_check(Json facts) {
  const Json warnings = facts["warnings"];
  facts.erase("warnings");
  print_facts(facts);
  for (const Json& warning : warnings)
    print_warning(warning["what"].get<std::string>() + "; " + warning["advice"].get<std::string>());
  if (warnings.empty()) std::printf("nothing looks wrong\n");
}

int inspect_check(const std::filesystem::path& folder, bool json) {
  auto facts = check_avatar_folder(folder);
  if (!facts) return fail(facts.error());
  if (json)
    print(*facts, true);
  else
    print_check(*facts);
  return (*facts)["warnings"].empty() ? 0 : 1;
}

}  // namespace

void add_inspect(CLI::App& program, int& exit_code) {
  struct Words {
    std::string path;
    bool json = false, graph = false, check = false;
  };
  auto words = std::make_shared<Words>();
  CLI::App* command =
      program.add_subcommand("inspect", "show what an avatar, a network or an audio file holds");
  command->add_option("path", words->path, "an avatar's folder or name, an .onnx file or an audio file")
      ->required();
  command->add_flag("--json", words->json, "as JSON");
  command->add_flag("--graph", words->graph, "of a network: what each pass does to it, node by node");
  command->add_flag(
      "--check", words->check,
      "of an avatar: render ten frames in silence, say what looks wrong; exit 1 where something does");
  command->callback([words, &exit_code] {
    const auto named = avatar_named(words->path);
    const auto path = named ? Result(*named) : local_path(words->path);
    if (!path) return void(exit_code = fail(path.error()));
    if (words->check) {
      exit_code = inspect_check(*path, words->json);
      return;
    }
    const auto facts = std::filesystem::is_directory(*path) ? inspect_avatar(*path)
                       : path->extension() == ".onnx"       ? inspect_network(*path, words->graph)
                                                            : inspect_audio(*path);
    if (facts)
      print(*facts, words->json);
    else
      exit_code = fail(facts.error());
  });
}

}  // namespace framegen::app
