// test_avatar.cpp: synth-model and import, through the library.
#include "support/test_avatar.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "audio/speech_source.hpp"
#include "generator/synth_model.hpp"
#include "support/golden.hpp"
#include "support/program.hpp"

namespace framegen::test {

Status make_golden_avatar(const std::filesystem::path& folder) {
  const TemporaryFolder models;
  SynthModelOptions half;
  half.width = 0.5;
  FRAMEGEN_TRY(write_synth_model(half, models / "models"));
  ImportJob job;
  job.dataset = golden("pipeline/dataset");
  job.generator = models / "models" / "generator.onnx";
  job.audio_encoder = models / "models" / "audio_encoder.onnx";
  job.output = folder;
  job.replace = true;
  FRAMEGEN_TRY(import_avatar(job));
  return {};
}

const std::filesystem::path& golden_avatar() {
  static const TemporaryFolder folder;
  static const std::filesystem::path avatar = [] {
    const std::filesystem::path own = folder / "mini";
    // CTest's fixture has made it already; a copy, because tests change theirs and run side by side.
    if (const char* made = std::getenv("FRAMEGEN_GOLDEN_AVATAR"); made && std::filesystem::exists(made)) {
      std::filesystem::copy(made, own, std::filesystem::copy_options::recursive);
      return own;
    }
    const Status written = make_golden_avatar(own);
    EXPECT_TRUE(written.ok()) << (written ? "" : written.error().message());
    return own;
  }();
  return avatar;
}

Engine quiet_engine() {
  EngineOptions options;
  options.threads = 2;
  options.keep_image_parts_on_disk = false;
  return *Engine::create(options);
}

std::vector<float> golden_speech() {
  auto source = SpeechSource::open(golden("pipeline/speech.wav"));
  if (!source) {
    ADD_FAILURE() << source.error().message();
    return {};
  }
  std::vector<float> samples(1 << 20);
  std::size_t size = 0;
  while (const std::size_t got = source->read(std::span(samples).subspan(size)).value()) size += got;
  samples.resize(size);
  return samples;
}

}  // namespace framegen::test
