// speaker_networks.hpp: the two networks of an avatar, loaded and checked against each other and the
// manifest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>

#include "avatar/manifest.hpp"
#include "features/audio_window_stream.hpp"
#include "features/feature_source.hpp"
#include "features/feature_stream.hpp"
#include "framegen/engine.hpp"
#include "generator/make_backend.hpp"
#include "nn/network.hpp"

namespace framegen {

GeneratorShape shape_of(const Manifest& manifest);
// Values in one audio window.
std::size_t window_size_of(const Manifest& manifest);
// Template frames as pictures come first, a frame's picture, planes and crop: so much of the memory budget;
// image parts get the rest.
std::uint64_t prepared_budget(const Manifest& manifest, const EngineOptions& options);

// Both networks of an avatar, loaded and checked against each other and the manifest.
struct SpeakerNetworks {
  std::shared_ptr<const Network> audio_encoder;  // null: the generator takes mel windows
  ChosenBackend generator;

  // Speech → features as the avatar's manifest says, from `first_feature` on. Errors: kBadAvatar.
  Result<std::unique_ptr<FeatureSource>> make_feature_source(const AudioSpec& audio,
                                                             std::int64_t first_feature) const;
  // Those features as audio windows from output frame `first_frame` on. `ahead`: features waited for after a
  // frame's own (AudioWindowRange); negative: all of the window. Errors: kBadAvatar.
  Result<AudioWindowStream> make_window_stream(const AudioSpec& audio, std::int64_t first_frame,
                                               int ahead = -1) const;

  // `options.precision` is not kAuto. `cache_folder`: where image parts may be kept; empty: nowhere.
  // `preparing`: they are all to be written there. Errors: kBadAvatar, kBadUse (a backend
  // that is not there).
  static Result<SpeakerNetworks> load(const Manifest& manifest, const std::filesystem::path& generator,
                                      const std::filesystem::path& audio_encoder,
                                      const EngineOptions& options, const std::filesystem::path& cache_folder,
                                      bool preparing = false);
};

}  // namespace framegen
