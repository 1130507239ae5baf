// encoder_test.cpp: networks without a split equal the reference's PyTorch, the audio encoder first
// (docs/reference.md §3).
#include <gtest/gtest.h>

#include <algorithm>

#include "native_golden/seeded.hpp"
#include "nn/native/native_network.hpp"
#include "support/golden.hpp"

namespace framegen::test {
namespace {

// The golden windows' embeddings.
std::vector<float> embeddings(ProductPrecision precision) {
  const std::vector<float> mel = golden_floats("mel/short_mel.npy");
  const std::vector<std::int32_t> starts = *npy_values<std::int32_t>(golden_array("mel/short_start_idx.npy"));
  const std::size_t columns = mel.size() / 80;
  std::vector<float> windows;
  for (const std::int32_t start : starts)
    for (std::size_t band = 0; band < 80; ++band)
      for (std::size_t i = 0; i < 16; ++i)
        windows.push_back(mel[band * columns + std::min(static_cast<std::size_t>(start), columns - 16) + i]);
  const auto network =
      load_native_network(seeded(1).audio_encoder, {.passes_off = {}, .precision = precision});
  EXPECT_TRUE(network) << network.error().message();
  const auto runner = (*network)->make_runner();
  EXPECT_TRUE(runner) << runner.error().message();
  const Shape in{static_cast<std::int64_t>(starts.size()), 1, 80, 16}, out{in[0], 512};
  std::vector<float> embeddings(starts.size() * 512);
  const TensorView input(in, windows);
  const MutableTensorView output(out, embeddings);
  const Status status = (*runner)->run({&input, 1}, {&output, 1});
  EXPECT_TRUE(status) << status.error().message();
  return embeddings;
}

TEST(NativeAudioEncoder, EqualsTheGoldenEmbeddings) {
  EXPECT_TRUE(near(embeddings(ProductPrecision::kFloat32), golden_floats("net/short_emb.npy"), 1e-4F));
}

TEST(NativeAudioEncoder, StaysNearThemInSixteenBits) {
  const auto exact = golden_floats("net/short_emb.npy"), brief = embeddings(ProductPrecision::kBFloat16);
  EXPECT_TRUE(near(brief, exact, 0.1F));  // of numbers up to 4: 13 layers of 8 bits each
  EXPECT_EQ(brief == embeddings(ProductPrecision::kFloat32),
            !product_precision_is_native(ProductPrecision::kBFloat16));
}

TEST(NativeGenerator, EqualsTheGoldenOutputWithoutASplitAndWithoutPasses) {
  const std::vector<float> image = golden_image(), window = golden_floats("net/audio_window.npy");
  for (const std::vector<std::string>& off :
       {std::vector<std::string>{}, {"split-pointwise", "fuse-blocks", "fuse-activations"}}) {
    const auto network = load_native_network(seeded(0.5).generator, {.threads = 2, .passes_off = off});
    ASSERT_TRUE(network) << network.error().message();
    const auto runner = (*network)->make_runner();
    const Shape image_shape{1, 6, 320, 320}, window_shape{1, 32, 16, 16}, out_shape{1, 3, 320, 320};
    const TensorView inputs[] = {{image_shape, image}, {window_shape, window}};
    std::vector<float> out(3 * 320 * 320);
    const MutableTensorView output(out_shape, out);
    ASSERT_TRUE((*runner)->run(inputs, {&output, 1}));
    EXPECT_TRUE(near(out, golden_floats("net/output_w0.5.npy"), 1e-4F));
  }
}

}  // namespace
}  // namespace framegen::test
