// checkpoint_weights.cpp: checks a checkpoint against the architecture that it should have, tensor by tensor,
// and folds it.
#include "generator/checkpoint_weights.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "generator/checkpoint_names.hpp"

namespace framegen {
namespace {

constexpr double kEpsilon = 1e-5;  // PyTorch's default in BatchNorm2d, unchanged in the published networks
constexpr std::size_t kRows = 20;  // of the table
constexpr std::int64_t kWidest = 256;

struct Difference {
  std::string tensor, expected, found;
};

std::vector<Difference> differences(const Checkpoint& checkpoint, const Architecture& architecture) {
  std::vector<Difference> all;
  std::set<std::string, std::less<>> known;
  for (const ExpectedTensor& expected : expected_tensors(architecture)) {
    known.insert(expected.name);
    const CheckpointTensor* found = checkpoint.find(expected.name);
    if (found == nullptr)
      all.push_back({expected.name, to_string(expected.shape), "missing"});
    else if (found->shape != expected.shape)
      all.push_back({expected.name, to_string(expected.shape), to_string(found->shape)});
  }
  for (const auto& [name, tensor] : checkpoint.tensors())
    if (!name.ends_with(".num_batches_tracked") && known.find(name) == known.end())
      all.push_back({name, "nothing", to_string(tensor.shape)});
  return all;
}

// Printable and not endless, whatever a stranger calls his tensors.
std::string shown(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  std::string clean(text.substr(0, kLongest));
  std::replace_if(
      clean.begin(), clean.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return clean;
}

std::string table(const std::vector<Difference>& all) {
  std::size_t name_width = 6, expected_width = 8;
  const auto rows = std::span(all).first(std::min(all.size(), kRows));
  for (const Difference& d : rows) {
    name_width = std::max(name_width, shown(d.tensor).size());
    expected_width = std::max(expected_width, d.expected.size());
  }
  const auto row = [&](const std::string& a, const std::string& b, const std::string& c) {
    return fmt::format("\n  {:<{}}  {:<{}}  {}", a, name_width, b, expected_width, c);
  };
  std::string text = row("tensor", "expected", "found");
  for (const Difference& d : rows) text += row(shown(d.tensor), d.expected, d.found);
  if (all.size() > rows.size()) text += fmt::format("\n  … and {} more", all.size() - rows.size());
  return text;
}

Error other_network(const Checkpoint& checkpoint, CheckpointFamily found, const char* wanted) {
  std::string remedy = std::string("give ") + wanted;
  switch (found) {
    case CheckpointFamily::kSynctalk328Wenet:
      remedy = "wenet's features are not computed here: train SyncTalk_2D with --asr ave";
      break;
    case CheckpointFamily::kUltralight:
      remedy = "Ultralight-Digital-Human is read as ONNX alone: export it";
      break;
    case CheckpointFamily::kWav2lip:
      remedy = "Wav2Lip is read as ONNX alone: export it";
      break;
    default:
      break;
  }
  return {ErrorCode::kBadInput, checkpoint.name(), std::string("holds ") + to_string(found), remedy};
}

// The network that the checkpoint holds: of architectures of different widths the one that it is nearest to,
// all shapes compared.
Result<std::vector<std::uint8_t>> convert(const Checkpoint& checkpoint,
                                          const std::vector<Architecture>& architectures,
                                          CheckpointFamily family) {
  const Architecture* nearest = nullptr;
  std::vector<Difference> wrong;
  for (const Architecture& architecture : architectures) {
    auto found = differences(checkpoint, architecture);
    if (nearest != nullptr && found.size() >= wrong.size()) continue;
    nearest = &architecture;
    wrong = std::move(found);
  }
  if (!wrong.empty())
    return Error{
        ErrorCode::kBadInput, checkpoint.name(),
        fmt::format("looks like {}, but {} tensors are not as published", to_string(family), wrong.size()),
        "give a checkpoint of the unchanged network, saved whole:" + table(wrong)};
  return write_onnx(*nearest, checkpoint_weights(checkpoint));
}

// Channels after the first convolution, or an impossible number where there is no such tensor.
std::int64_t first_channels(const Checkpoint& checkpoint, std::string_view tensor) {
  const CheckpointTensor* found = checkpoint.find(tensor);
  return found == nullptr || found->shape.empty() ? 0 : found->shape[0];
}

Error no_width(const Checkpoint& checkpoint, std::int64_t channels, const char* choices) {
  return {ErrorCode::kBadInput, checkpoint.name(), fmt::format("its first block has {} channels", channels),
          choices};
}

Status fold(const Checkpoint& checkpoint, const std::string& norm, std::span<float> weight,
            std::span<float> bias) {
  const std::size_t channels = bias.size(), per_channel = weight.size() / channels;
  std::vector<float> scale(channels), shift(channels), mean(channels), variance(channels);
  FRAMEGEN_TRY(checkpoint.read(norm + ".weight", scale));
  FRAMEGEN_TRY(checkpoint.read(norm + ".bias", shift));
  FRAMEGEN_TRY(checkpoint.read(norm + ".running_mean", mean));
  FRAMEGEN_TRY(checkpoint.read(norm + ".running_var", variance));
  for (std::size_t c = 0; c < channels; ++c) {
    if (variance[c] < 0)
      return Error{ErrorCode::kBadInput, checkpoint.name() + ": tensor '" + norm + ".running_var'",
                   "holds a negative variance", "take another checkpoint"};
    const double factor = scale[c] / std::sqrt(variance[c] + kEpsilon);
    for (float& w : weight.subspan(c * per_channel, per_channel)) w = static_cast<float>(w * factor);
    bias[c] = static_cast<float>((static_cast<double>(bias[c]) - mean[c]) * factor + shift[c]);
  }
  return {};
}

}  // namespace

WeightSource checkpoint_weights(const Checkpoint& checkpoint) {
  return [&checkpoint](const Convolution& convolution, std::span<float> weight,
                       std::span<float> bias) -> Status {
    const LayerNames names = layer_names(convolution.name);
    FRAMEGEN_TRY(checkpoint.read(names.convolution + ".weight", weight));
    if (names.bias)
      FRAMEGEN_TRY(checkpoint.read(names.convolution + ".bias", bias));
    else
      std::fill(bias.begin(), bias.end(), 0.0f);
    return names.norm.empty() ? Status{} : fold(checkpoint, names.norm, weight, bias);
  };
}

Result<std::vector<std::uint8_t>> generator_from_checkpoint(Checkpoint checkpoint, HeardFeatures heard) {
  strip_known_prefixes(checkpoint);
  const CheckpointFamily family = recognise(checkpoint);
  if (family != CheckpointFamily::kSynctalk328 && family != CheckpointFamily::kSynctalk160)
    return other_network(checkpoint, family, "the generator: checkpoint/NAME/EPOCH.pth of SyncTalk_2D");
  const std::int64_t first = first_channels(checkpoint, "inc.inconv.0.conv.6.weight");
  // A block that was changed must not decide alone what all others are compared with.
  std::vector<Architecture> architectures;
  for (const std::int64_t c :
       {first, first_channels(checkpoint, "fuse_conv.1.double_conv.0.conv.6.weight") / 8}) {
    if (c < 2 || c % 2 != 0 || c > kWidest) continue;
    const std::array<std::int64_t, 5> channels{c, 2 * c, 4 * c, 8 * c, 16 * c};
    architectures.push_back(family == CheckpointFamily::kSynctalk328
                                ? synctalk328_generator(channels, heard)
                                : synctalk160_generator(channels, heard));
  }
  if (architectures.empty())
    return no_width(checkpoint, first, "32 (full width) and 16 (half width) are the published ones");
  return convert(checkpoint, architectures, family);
}

Result<std::vector<std::uint8_t>> audio_encoder_from_checkpoint(Checkpoint checkpoint) {
  strip_known_prefixes(checkpoint);
  const CheckpointFamily family = recognise(checkpoint);
  if (family != CheckpointFamily::kSynctalkEncoder)
    return other_network(checkpoint, family,
                         "the audio encoder: model/checkpoints/audio_visual_encoder.pth of SyncTalk_2D");
  const std::int64_t c = first_channels(checkpoint, "0.conv_block.0.weight");
  if (c < 1 || c > kWidest) return no_width(checkpoint, c, "32 is the published number");
  return convert(checkpoint, {synctalk_audio_encoder(c)}, family);
}

}  // namespace framegen
