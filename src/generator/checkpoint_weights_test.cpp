// checkpoint_weights_test.cpp: checkpoints that PyTorch wrote compute what PyTorch computed, and others are
// told apart.
#include "generator/checkpoint_weights.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <iostream>

#include "core/files.hpp"
#include "generator/checkpoint_names.hpp"
#include "nn/native/native_network.hpp"
#include "nn/onnxruntime/onnxruntime_network.hpp"
#include "support/golden.hpp"

namespace framegen {
namespace {

using ::testing::HasSubstr;

Checkpoint open(const std::string& name) {
  auto checkpoint = Checkpoint::open(test::golden("checkpoints/" + name));
  EXPECT_TRUE(checkpoint) << checkpoint.error().message();
  return std::move(*checkpoint);
}

// What both of our ways of running it give.
std::vector<std::vector<float>> run(const std::vector<std::uint8_t>& onnx, std::span<const TensorView> inputs,
                                    const Shape& out) {
  std::vector<std::vector<float>> results;
  const auto add = [&](const Network& network) {
    results.emplace_back(element_count(out));
    const MutableTensorView output(out, results.back());
    const auto runner = network.make_runner();
    ASSERT_TRUE(runner) << runner.error().message();
    const Status status = (*runner)->run(inputs, {&output, 1});
    EXPECT_TRUE(status) << status.error().message();
  };
  const auto native = load_native_network(onnx);
  EXPECT_TRUE(native) << native.error().message();
  if (native) add(**native);
  if (const auto other = load_onnxruntime_network(onnx, "checkpoint")) add(**other);
  return results;
}

// Every 16th pixel, as the golden output has them.
std::vector<float> thinned(const std::vector<float>& face) {
  std::vector<float> some;
  for (std::size_t y = 8; y < 960; y += 16)  // three planes of 320 rows
    for (std::size_t x = 8; x < 320; x += 16) some.push_back(face[y * 320 + x]);
  return some;
}

// The generator on the golden picture and window.
std::vector<std::vector<float>> faces(const std::vector<std::uint8_t>& onnx) {
  std::vector<float> image;
  const auto pixels = npy_values<std::uint8_t>(test::golden_array("net/input_u8.npy"));
  for (const std::uint8_t value : *pixels) image.push_back(static_cast<float>(value) / 255.0f);
  const std::vector<float> window = test::golden_floats("net/audio_window.npy");
  const Shape image_shape{1, 6, 320, 320}, window_shape{1, 32, 16, 16};
  const TensorView inputs[] = {{image_shape, image}, {window_shape, window}};
  return run(onnx, inputs, {1, 3, 320, 320});
}

// The encoder on seven windows, as make_checkpoints.py makes them.
std::vector<std::vector<float>> embeddings(const std::vector<std::uint8_t>& onnx, std::int64_t size) {
  std::vector<float> mel;
  for (int k = 0; k < 7 * 80 * 16; ++k) mel.push_back(static_cast<float>(k * 7919 % 1000) / 125.0f - 4.0f);
  const Shape shape{7, 1, 80, 16};
  const TensorView input(shape, mel);
  return run(onnx, {&input, 1}, {7, size});
}

TEST(CheckpointWeights, AGeneratorComputesWhatPyTorchComputed) {
  const auto onnx = generator_from_checkpoint(open("generator_zip_half.pth"));
  ASSERT_TRUE(onnx) << onnx.error().message();
  for (const auto& face : faces(*onnx))
    EXPECT_TRUE(test::near(thinned(face), test::golden_floats("checkpoints/generator_output.npy"), 1e-5f));
}

TEST(CheckpointWeights, ASmallGeneratorComputesWhatPyTorchComputed) {
  auto checkpoint = Checkpoint::open(test::golden("families/synctalk160/generator.pth"));
  ASSERT_TRUE(checkpoint) << checkpoint.error().message();
  const auto onnx = generator_from_checkpoint(std::move(*checkpoint));
  ASSERT_TRUE(onnx) << onnx.error().message();
  std::vector<float> image;  // every second pixel of the golden picture
  const auto pixels = npy_values<std::uint8_t>(test::golden_array("net/input_u8.npy"));
  for (std::size_t y = 0; y < 6 * 320; y += 2)
    for (std::size_t x = 0; x < 320; x += 2)
      image.push_back(static_cast<float>((*pixels)[y * 320 + x]) / 255.0f);
  const std::vector<float> window = test::golden_floats("net/audio_window.npy");
  const Shape image_shape{1, 6, 160, 160}, window_shape{1, 32, 16, 16};
  const TensorView inputs[] = {{image_shape, image}, {window_shape, window}};
  for (const auto& face : run(*onnx, inputs, {1, 3, 160, 160})) {
    std::vector<float> some;
    for (std::size_t y = 4; y < 3 * 160; y += 8)
      for (std::size_t x = 4; x < 160; x += 8) some.push_back(face[y * 160 + x]);
    EXPECT_TRUE(test::near(some, test::golden_floats("families/synctalk160/output.npy"), 1e-5f));
  }
}

TEST(CheckpointWeights, AHubertGeneratorDiffersInOneStrideAlone) {
  auto checkpoint = Checkpoint::open(test::golden("families/synctalk160/generator.pth"));
  ASSERT_TRUE(checkpoint) << checkpoint.error().message();
  const auto onnx = generator_from_checkpoint(std::move(*checkpoint), HeardFeatures::kHubert);
  ASSERT_TRUE(onnx) << onnx.error().message();
  std::vector<float> image, window;  // as make_families.py makes them
  for (int k = 0; k < 6 * 160 * 160; ++k) image.push_back(static_cast<float>(k * 31 % 256) / 255.0f);
  for (int k = 0; k < 32 * 32 * 32; ++k)
    window.push_back(static_cast<float>(k * 7919 % 1000) / 500.0f - 1.0f);
  const Shape image_shape{1, 6, 160, 160}, window_shape{1, 32, 32, 32};
  const TensorView inputs[] = {{image_shape, image}, {window_shape, window}};
  for (const auto& face : run(*onnx, inputs, {1, 3, 160, 160})) {
    std::vector<float> some;
    for (std::size_t y = 4; y < 3 * 160; y += 8)
      for (std::size_t x = 4; x < 160; x += 8) some.push_back(face[y * 160 + x]);
    EXPECT_TRUE(test::near(some, test::golden_floats("families/synctalk160/hubert_output.npy"), 1e-5f));
  }
}

TEST(CheckpointWeights, AnAudioEncoderComputesWhatPyTorchComputed) {
  const auto onnx = audio_encoder_from_checkpoint(open("encoder_legacy.pth"));
  ASSERT_TRUE(onnx) << onnx.error().message();
  for (const auto& out : embeddings(*onnx, 32))
    EXPECT_TRUE(test::near(out, test::golden_floats("checkpoints/encoder_output.npy"), 1e-5f));
}

// 49 MB a file: made by hand with make_checkpoints.py --full FOLDER, then FRAMEGEN_CHECKPOINTS=FOLDER.
TEST(CheckpointWeights, ThePublishedSizesComputeWhatPyTorchComputed) {
  const char* folder = std::getenv("FRAMEGEN_CHECKPOINTS");
  if (folder == nullptr) GTEST_SKIP() << "FRAMEGEN_CHECKPOINTS is not set";
  for (const std::string network : {"generator", "generator_narrow", "encoder"})
    for (const std::string type : {"", "_half"})
      for (const std::string form : {"_zip", "_legacy", "_last", "_wrapped"}) {
        SCOPED_TRACE(network + type + form);
        auto checkpoint = Checkpoint::open(std::filesystem::path(folder) / (network + type + form + ".pth"));
        ASSERT_TRUE(checkpoint) << checkpoint.error().message();
        const auto expected =
            npy_values<float>(*read_npy(std::filesystem::path(folder) / (network + type + "_output.npy")));
        const bool encoder = network == "encoder";
        const auto onnx = encoder ? audio_encoder_from_checkpoint(std::move(*checkpoint))
                                  : generator_from_checkpoint(std::move(*checkpoint));
        ASSERT_TRUE(onnx) << onnx.error().message();
        for (const auto& out : encoder ? embeddings(*onnx, 512) : faces(*onnx)) {
          EXPECT_TRUE(test::near(out, *expected, 1e-5f));
          float largest = 0;
          for (std::size_t i = 0; i < out.size(); ++i)
            largest = std::max(largest, std::abs(out[i] - (*expected)[i]));
          std::cout << network + type + form << ": largest difference " << largest << '\n';
        }
      }
}

TEST(CheckpointWeights, ThePublishedNamesAreAllExpected) {
  const auto count = [](const Architecture& a) {
    std::size_t norms = 0, parameters = 0;
    for (const Convolution& c : a.convolutions) norms += layer_names(c.name).norm.empty() ? 0 : 1;
    const auto tensors = expected_tensors(a);
    for (const auto& t : tensors)
      parameters += t.name.find("running_") == std::string::npos ? element_count(t.shape) : 0;
    return std::pair(tensors.size() + norms, parameters);  // one counter per normalisation
  };
  EXPECT_EQ(count(synctalk328_generator({32, 64, 128, 256, 512})),
            std::pair(std::size_t{556}, std::size_t{12186935}));
  EXPECT_EQ(count(synctalk_audio_encoder()), std::pair(std::size_t{91}, std::size_t{2812672}));
}

TEST(CheckpointWeights, SwappedCheckpointsAreTold) {
  const auto generator = generator_from_checkpoint(open("encoder_legacy.pth"));
  ASSERT_FALSE(generator);
  EXPECT_EQ(generator.error().code, ErrorCode::kBadInput);
  EXPECT_THAT(generator.error().message(),
              HasSubstr("encoder_legacy.pth: holds SyncTalk_2D's audio encoder; give the generator"));
  const auto encoder = audio_encoder_from_checkpoint(open("generator_zip_half.pth"));
  ASSERT_FALSE(encoder);
  EXPECT_THAT(encoder.error().message(),
              HasSubstr("holds a SyncTalk_2D generator for 328 pixels; give the audio encoder"));
}

// Each `from` in the file becomes `to`, which is as long.
void replace(std::vector<std::uint8_t>& bytes, const std::string& from, const std::string& to) {
  for (auto at = bytes.begin(); (at = std::search(at, bytes.end(), from.begin(), from.end())) != bytes.end();)
    at = std::copy(to.begin(), to.end(), at);
}

// What is said of the golden generator once it is changed.
std::string refusal_of(const std::function<void(std::vector<std::uint8_t>&)>& change) {
  auto bytes = *read_file(test::golden("checkpoints/generator_zip_half.pth"));
  change(bytes);
  auto checkpoint = Checkpoint::parse(bytes, "g.pth");
  if (!checkpoint) return checkpoint.error().message();
  const auto onnx = generator_from_checkpoint(std::move(*checkpoint));
  return onnx ? "" : onnx.error().message();
}

std::string refusal_with(const std::string& from, const std::string& to) {
  return refusal_of([&](std::vector<std::uint8_t>& bytes) { replace(bytes, from, to); });
}

TEST(CheckpointWeights, DifferencesAreShownInATable) {
  EXPECT_EQ(
      refusal_with("outc.conv.weight", "outc.conv.heavy!"),
      "g.pth: looks like a SyncTalk_2D generator for 328 pixels, but 2 tensors are not as published; give a "
      "checkpoint of the unchanged network, saved whole:\n"
      "  tensor            expected   found\n"
      "  outc.conv.weight  [3,1,1,1]  missing\n"
      "  outc.conv.heavy!  nothing    [3,1,1,1]");
  EXPECT_THAT(refusal_with("fuse_conv.", "fuse-conv."), HasSubstr("… and 100 more"));
}

TEST(CheckpointWeights, TheSmallerFamilyIsToldByItsMissingBlock) {
  EXPECT_THAT(refusal_with("down5.", "dawn5."),
              HasSubstr("looks like a SyncTalk_2D generator for 160 pixels, but"));
}

// Two tensors of the first block that have each other's names: what they say of the width is not believed.
TEST(CheckpointWeights, TheWidthIsThatOfMostTensors) {
  EXPECT_EQ(
      refusal_of([](std::vector<std::uint8_t>& bytes) {
        replace(bytes, "inc.inconv.0.conv.0.weight", "inc.inconv.0.conv.@.weight");
        replace(bytes, "inc.inconv.0.conv.6.weight", "inc.inconv.0.conv.0.weight");
        replace(bytes, "inc.inconv.0.conv.@.weight", "inc.inconv.0.conv.6.weight");
      }),
      "g.pth: looks like a SyncTalk_2D generator for 328 pixels, but 2 tensors are not as published; give a "
      "checkpoint of the unchanged network, saved whole:\n"
      "  tensor                      expected    found\n"
      "  inc.inconv.0.conv.0.weight  [12,6,1,1]  [2,12,1,1]\n"
      "  inc.inconv.0.conv.6.weight  [2,12,1,1]  [12,6,1,1]");
}

TEST(CheckpointWeights, NetworksOfOtherUseAreToldByTheirNames) {
  EXPECT_THAT(refusal_with("fuse_conv.0.d", "face_encoder."), HasSubstr("holds a SyncNet, which is used in"));
  EXPECT_THAT(refusal_with("fuse_conv.0.double_c", "face_encoder_blocks."),
              HasSubstr("holds a Wav2Lip network"));
  for (const auto& [family, words] :
       {std::pair{CheckpointFamily::kSynctalk328Wenet, "SyncTalk_2D generator that takes wenet features"},
        std::pair{CheckpointFamily::kUltralight, "Ultralight-Digital-Human generator"}})
    EXPECT_THAT(to_string(family), HasSubstr(words));
}

TEST(CheckpointWeights, OtherNetworksAreNotKnown) {
  const auto network = generator_from_checkpoint(open("layouts_zip.pth"));
  ASSERT_FALSE(network);
  EXPECT_THAT(network.error().message(), HasSubstr("holds a network that is not known here"));
}

}  // namespace
}  // namespace framegen
