// checkpoint_networks.cpp: told by content, converted beside the output, removed afterwards (docs/import.md).
#include "pipeline/importing/checkpoint_networks.hpp"

#include "generator/checkpoint_weights.hpp"
#include "nn/checkpoint/sandboxed_checkpoint.hpp"
#include "pipeline/speaking/sandbox_impl.hpp"

namespace framegen {
namespace {

namespace fs = std::filesystem;

// Which features the generator was trained on: its checkpoint does not say.
Result<AudioFeatures> audio_features(const ImportJob& job) {
  if (job.audio_features != AudioFeatures::kFromDataset) return job.audio_features;
  std::error_code error;
  const auto has = [&](const char* file) {
    return !job.dataset.empty() && fs::exists(job.dataset / file, error);
  };
  const bool ave = has("aud_ave.npy"), hubert = has("aud_hu.npy");
  if (ave != hubert) return ave ? AudioFeatures::kAve : AudioFeatures::kHubert;
  return Error{ErrorCode::kBadUse, job.generator.string(),
               std::string("may have been trained on 'ave' or on 'hubert' features: the checkpoint does not "
                           "say, and the data set holds ") +
                   (ave ? "both aud_ave.npy and aud_hu.npy" : "neither aud_ave.npy nor aud_hu.npy"),
               "say which: --audio-features ave|hubert"};
}

template <class Convert>
Result<PartialFile> as_onnx(fs::path& network, const ImportJob& job, const char* name, Convert convert) {
  Checkpoint checkpoint = FRAMEGEN_TRY(open_checkpoint(network, zygote_of(job.sandbox)));
  const std::vector<std::uint8_t> onnx = FRAMEGEN_TRY(convert(std::move(checkpoint)));
  const fs::path output = job.output.has_filename() ? job.output : job.output.parent_path();
  PartialFile file = FRAMEGEN_TRY(PartialFile::beside(output.parent_path() / name));
  FRAMEGEN_TRY(write_file(file.path(), onnx));
  network = file.path();
  return file;
}

}  // namespace

Result<CheckpointNetworks> CheckpointNetworks::convert(ImportJob& job) {
  CheckpointNetworks made;
  // A checkpoint that is no generator is told first; what it was trained on is asked for afterwards.
  const auto generator = [&](Checkpoint c) -> Result<std::vector<std::uint8_t>> {
    const auto features = audio_features(job);
    const bool hubert = features && *features == AudioFeatures::kHubert;
    auto onnx = FRAMEGEN_TRY(
        generator_from_checkpoint(std::move(c), hubert ? HeardFeatures::kHubert : HeardFeatures::kAve));
    if (!features) return features.error();
    return onnx;
  };
  const ImportJob given = job;
  if (is_checkpoint(job.generator)) {
    made.generator_ = FRAMEGEN_TRY(as_onnx(job.generator, job, "generator.onnx", generator));
    made.names_.emplace_back(job.generator.string(), given.generator.string());
  }
  if (is_checkpoint(job.audio_encoder)) {
    made.audio_encoder_ =
        FRAMEGEN_TRY(as_onnx(job.audio_encoder, job, "audio_encoder.onnx", audio_encoder_from_checkpoint));
    made.names_.emplace_back(job.audio_encoder.string(), given.audio_encoder.string());
  }
  return made;
}

Error CheckpointNetworks::named_as_given(Error error) const {
  for (const auto& [made, given] : names_)
    for (std::string* text : {&error.where, &error.what, &error.remedy})
      for (std::size_t at = text->find(made); at != std::string::npos;
           at = text->find(made, at + given.size()))
        text->replace(at, made.size(), given);
  return error;
}

}  // namespace framegen
