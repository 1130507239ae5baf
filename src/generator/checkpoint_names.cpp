// checkpoint_names.cpp: the published module names of SyncTalk_2D, and what tells the sister families apart.
#include "generator/checkpoint_names.hpp"

#include <algorithm>
#include <string_view>

namespace framegen {
namespace {

bool has_prefix(const Checkpoint& checkpoint, std::string_view prefix) {
  const auto found = checkpoint.tensors().lower_bound(prefix);
  return found != checkpoint.tensors().end() && std::string_view(found->first).starts_with(prefix);
}

// "fuse.0.1.expand" → "fuse", "0", "1", "expand".
std::vector<std::string> parts_of(const std::string& name) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= name.size();) {
    const std::size_t end = std::min(name.find('.', at), name.size());
    parts.push_back(name.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

// The module of an inverted residual; its last part ("expand" …) is not looked at.
std::string block_name(const std::vector<std::string>& parts) {
  const std::string& first = parts[0];
  if (first == "inc") return "inc.inconv.0";
  if (first == "audio") return "audio_model.conv" + parts[1];
  if (first == "fuse") return "fuse_conv." + parts[1] + ".double_conv." + parts[2];
  return first + (first.starts_with("down") ? ".maxpool_conv.0.double_conv." : ".conv.double_conv.") +
         parts[1];
}

}  // namespace

const char* to_string(CheckpointFamily family) {
  switch (family) {
    case CheckpointFamily::kSynctalk328:
      return "a SyncTalk_2D generator for 328 pixels";
    case CheckpointFamily::kSynctalk328Wenet:
      return "a SyncTalk_2D generator that takes wenet features";
    case CheckpointFamily::kSynctalk160:
      return "a SyncTalk_2D generator for 160 pixels";
    case CheckpointFamily::kUltralight:
      return "an Ultralight-Digital-Human generator, which takes HuBERT or wenet features";
    case CheckpointFamily::kSynctalkEncoder:
      return "SyncTalk_2D's audio encoder";
    case CheckpointFamily::kSyncnet:
      return "a SyncNet, which is used in training alone";
    case CheckpointFamily::kWav2lip:
      return "a Wav2Lip network";
    case CheckpointFamily::kUnknown:
      break;
  }
  return "a network that is not known here";
}

void strip_known_prefixes(Checkpoint& checkpoint) {
  constexpr std::array<std::string_view, 6> kPrefixes{"module.", "_orig_mod.", "model.",
                                                      "net.",    "generator.", "audio_encoder."};
  constexpr int kDeepest = 4;
  for (int i = 0; i < kDeepest; ++i)
    for (const std::string_view prefix : kPrefixes) checkpoint.strip_prefix(prefix);
}

CheckpointFamily recognise(const Checkpoint& checkpoint) {
  if (has_prefix(checkpoint, "face_encoder_blocks.")) return CheckpointFamily::kWav2lip;
  if (has_prefix(checkpoint, "face_encoder.")) return CheckpointFamily::kSyncnet;
  if (has_prefix(checkpoint, "0.conv_block.")) return CheckpointFamily::kSynctalkEncoder;
  const CheckpointTensor* audio = checkpoint.find("audio_model.conv1.conv.0.weight");
  if (!has_prefix(checkpoint, "inc.inconv.0.") || audio == nullptr || audio->shape.size() != 4)
    return CheckpointFamily::kUnknown;
  const std::int64_t channels = audio->shape[1];  // of the audio window
  if (channels == 16 || channels == 128) return CheckpointFamily::kUltralight;
  if (channels == 256) return CheckpointFamily::kSynctalk328Wenet;
  return has_prefix(checkpoint, "down5.") ? CheckpointFamily::kSynctalk328 : CheckpointFamily::kSynctalk160;
}

LayerNames layer_names(const std::string& convolution) {
  const auto parts = parts_of(convolution);
  if (convolution == "out") return {"outc.conv", true, ""};
  if (parts[0] == "enc") return {parts[1] + ".conv_block.0", true, parts[1] + ".conv_block.1"};
  if (parts[0] == "audio" && parts.size() == 2)
    return {"audio_model.conv" + parts[1], true, "audio_model.bn" + parts[1]};
  const std::string block = block_name(parts) + ".conv.";  // expand 0, 1; depthwise 3, 4; project 6, 7
  const int place = parts.back() == "expand" ? 0 : parts.back() == "depthwise" ? 3 : 6;
  return {block + std::to_string(place), false, block + std::to_string(place + 1)};
}

std::vector<ExpectedTensor> expected_tensors(const Architecture& architecture) {
  std::vector<ExpectedTensor> expected;
  for (const Convolution& convolution : architecture.convolutions) {
    const LayerNames names = layer_names(convolution.name);
    const Shape per_channel{convolution.weight[0]};
    expected.push_back({names.convolution + ".weight", convolution.weight});
    if (names.bias) expected.push_back({names.convolution + ".bias", per_channel});
    if (names.norm.empty()) continue;
    for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"})
      expected.push_back({names.norm + part, per_channel});
  }
  return expected;
}

}  // namespace framegen
