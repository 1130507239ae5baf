// test_avatar.cpp: synth-model and import, through the library.
#include "support/test_avatar.hpp"

#include <gtest/gtest.h>

#include "audio/speech_source.hpp"
#include "generator/synth_model.hpp"
#include "support/golden.hpp"
#include "support/program.hpp"

namespace framegen::test {

const std::filesystem::path& golden_avatar() {
  static const TemporaryFolder folder;
  static const std::filesystem::path avatar = [] {
    SynthModelOptions half;
    half.width = 0.5;
    const Status written = write_synth_model(half, folder / "models");
    EXPECT_TRUE(written.ok());
    ImportJob job;
    job.dataset = golden("pipeline/dataset");
    job.generator = folder / "models" / "generator.onnx";
    job.audio_encoder = folder / "models" / "audio_encoder.onnx";
    job.output = folder / "mini";
    const Status imported = import_avatar(job);
    EXPECT_TRUE(imported.ok()) << (imported ? "" : imported.error().message());
    return job.output;
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
