// speech_golden_test.cpp: an audio file becomes the golden features and windows, through the seeded audio
// encoder on ONNX Runtime (docs/reference.md §1–3; tests/golden/README.md).
#include <gtest/gtest.h>

#include <cstring>

#include "audio/speech_source.hpp"
#include "features/whole_file.hpp"
#include "generator/synth_model.hpp"
#include "nn/onnxruntime/onnxruntime_network.hpp"
#include "support/golden.hpp"

namespace framegen {
namespace {

// The seed-1 audio encoder, loaded once; null, and the test fails, where there is none.
const Network* audio_encoder() {
  static const std::shared_ptr<const Network> network = []() -> std::shared_ptr<const Network> {
    const auto model = make_synth_model({.width = 0.5, .seed = 1});
    if (!model) {
      ADD_FAILURE() << model.error().message();
      return nullptr;
    }
    auto loaded = load_onnxruntime_network(model->audio_encoder, "audio_encoder.onnx");
    if (loaded) return *loaded;
    ADD_FAILURE() << loaded.error().message();
    return nullptr;
  }();
  return network.get();
}

SampleReader reader_of_file(const std::string& name) {
  auto source = std::make_shared<SpeechSource>(SpeechSource::open(test::golden(name)).value());
  return [source](std::span<float> out) { return source->read(out); };
}

class SpeechGolden : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_NE(audio_encoder(), nullptr); }
  AudioEncoder encoder() { return AudioEncoder::create(*audio_encoder()).value(); }
};

TEST_F(SpeechGolden, FeaturesOfTheMiniAvatarsSpeech) {
  const auto features = features_of(reader_of_file("pipeline/speech.wav"), encoder());
  ASSERT_TRUE(features.ok()) << features.error().message();
  const auto golden = test::golden_array("pipeline/features.npy");
  EXPECT_EQ(features->shape, golden.shape);
  EXPECT_TRUE(test::near(features->data.span(), *npy_values<float>(golden), 1e-4F));
}

TEST_F(SpeechGolden, FeaturesOfTheShortSound) {
  const auto features = features_of(reader_of_file("audio/short.wav"), encoder());
  ASSERT_TRUE(features.ok()) << features.error().message();
  EXPECT_EQ(features->shape, (Shape{9, 512}));
  const auto golden = test::golden_floats("net/short_emb.npy");  // before the first and the last are repeated
  const std::span<const float> all = features->data.span();
  EXPECT_TRUE(test::near(all.subspan(512, golden.size()), golden, 1e-4F));
  EXPECT_TRUE(test::near(all.first(512), std::span(golden).first(512), 1e-4F));
  EXPECT_TRUE(test::near(all.last(512), std::span(golden).last(512), 1e-4F));
}

TEST_F(SpeechGolden, WindowOfFrame60OfSpeechAt22050) {
  const auto window = audio_window_of(reader_of_file("audio/espeak_22050.wav"), encoder(), {}, 60);
  ASSERT_TRUE(window.ok()) << window.error().message();
  EXPECT_TRUE(test::near(window->data.span(), test::golden_floats("net/audio_window.npy"), 1e-4F));
}

TEST_F(SpeechGolden, AnyCuttingGivesTheSameBytesThroughTheRealNetwork) {
  const auto whole = features_of(reader_of_file("audio/short.wav"), encoder());
  ASSERT_TRUE(whole.ok());
  const SampleReader read = reader_of_file("audio/short.wav");
  const auto pieces = features_of([&](std::span<float> out) { return read(out.first(641)); }, encoder());
  ASSERT_TRUE(pieces.ok());
  EXPECT_EQ(std::memcmp(whole->data.data(), pieces->data.data(), whole->data.size() * sizeof(float)), 0);
}

}  // namespace
}  // namespace framegen
