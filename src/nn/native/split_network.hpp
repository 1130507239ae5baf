// split_network.hpp: a network in two parts: one that is run once per picture and kept, one that is run for
// every frame (docs/architecture.md). Which is which follows from the name of the input that changes, and
// nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "framegen/image.hpp"
#include "kernels/network/product_precision.hpp"
#include "nn/graph/graph.hpp"
#include "nn/graph/passes.hpp"
#include "nn/native/channel_ranges.hpp"
#include "nn/native/profile.hpp"
#include "nn/network.hpp"

namespace framegen {

// Scaled: half the bytes, 16-bit integers with a scale for each row and channel
// (kernels/network/scaled_rows.hpp).
enum class KeptStorage : std::uint8_t { kFloat32, kScaled };
// What is kept of a skip connection: the skip itself (least to keep), its product with the weights that it
// meets (least to calculate, four times the bytes), or the product where it saves much for its bytes
// (docs/architecture.md). The full-width generator with scaled rows: 9.6, 37.1 and 13.8 MiB per template
// frame, 2.94, 2.10 and 2.63 GMAC per video frame. Where nothing is kept (SplitRunner::run_once) skips enter
// as themselves.
enum class KeptSkips : std::uint8_t { kProducts, kSources, kBalanced };

struct SplitOptions {
  std::string changing_input = "audio";
  KeptStorage storage = KeptStorage::kFloat32;
  KeptSkips skips = KeptSkips::kProducts;
  // What is large and soon computed, the first skip, is not kept: the audio part computes it again from the
  // pictures. A third of the bytes, 2 to 5 % of the time.
  bool again = false;
  // Not 0: of products, balanced, balanced with the first skip again, and sources with it, the first that
  // keeps no more than this per picture; the last where none does. `skips` and `again` are not looked at.
  std::uint64_t kept_budget_bytes = 0;
  // Of the products, but for those next to the picture and the face.
  ProductPrecision precision = ProductPrecision::kFloat32;
  // Where products are of bytes: what was measured (SplitRunner::watch). Layers that it does not know, and
  // those next to the picture and the face, are
  // computed in bfloat16 where the machine has instructions for it, else in float32.
  ChannelRanges ranges;
  std::size_t threads = 1;  // that one runner shares one frame's rows between
  std::vector<std::string> passes_off;
};

// One tensor of the image part. Offsets follow from the network and the options alone, so that the bytes can
// be stored and mapped again.
struct KeptTensor {
  std::string name;
  Shape shape;             // [height, width, channels]: channels last
  std::size_t offset = 0;  // a multiple of 64
  std::size_t bytes = 0;
};

class SplitRunner {
 public:
  virtual ~SplitRunner() = default;
  // The picture's inputs (all but the changing one, in the network's order, batch 1) → `kept`,
  // image_part_bytes() long and aligned to 64 bytes. The first call allocates its working memory.
  virtual Status run_image(std::span<const TensorView> inputs, std::span<std::byte> kept) = 0;
  // The changing input and what was kept → the network's first output: as numbers [channels][height][width]
  // where `output` is not empty, as 8-bit pixels, truncated, where `face` is not (three channels). `pictures`
  // as in run_image; looked at where SplitNetwork::computes_again(). Allocates nothing.
  virtual Status run_audio(std::span<const TensorView> pictures, std::span<const float> changing,
                           std::span<const std::byte> kept, std::span<float> output,
                           MutableImageView face) = 0;
  Status run_audio(std::span<const float> changing, std::span<const std::byte> kept, std::span<float> output,
                   MutableImageView face) {
    return run_audio({}, changing, kept, output, face);
  }
  // Both parts as one, for a picture that is not kept: nothing of it is packed and unpacked. `output` and
  // `face` as in run_audio. The first call allocates its working memory, the others nothing.
  virtual Status run_once(std::span<const TensorView> inputs, std::span<const float> changing,
                          std::span<float> output, MutableImageView face) = 0;
  enum class Way : std::uint8_t { kImagePart, kAudioPart, kOnce };
  // Working memory, once it was called.
  virtual std::size_t bytes(Way way) const = 0;
  // Puts what run_once's dense convolutions read into `ranges` from now on; null: no more. A network without
  // fused blocks shows all of them.
  virtual void watch(ChannelRanges* ranges) = 0;
  // Measures the steps of all three from now on.
  virtual void profile(bool on) = 0;
  virtual std::vector<LayerTime> layer_times(Way way) const = 0;
};

// Immutable, weights packed once, shared by any number of runners on any threads.
class SplitNetwork {
 public:
  // Errors: those of graph::load_onnx; graph::is_unsupported(error) where another backend may do it;
  // kBadAvatar where there is no such input.
  static Result<std::shared_ptr<const SplitNetwork>> load(std::span<const std::uint8_t> onnx,
                                                          const SplitOptions& = {});
  static Result<std::shared_ptr<const SplitNetwork>> load(const std::filesystem::path& onnx,
                                                          const SplitOptions& = {});
  static Result<std::shared_ptr<const SplitNetwork>> make(graph::Graph graph, const SplitOptions& = {});
  ~SplitNetwork();

  const NetworkInfo& info() const;
  const std::vector<KeptTensor>& kept() const;
  std::size_t image_part_bytes() const;
  KeptSkips skips() const;            // what was chosen
  bool computes_again() const;        // run_audio() wants the pictures
  std::size_t weight_bytes() const;   // packed, of all ways to run it
  std::size_t working_bytes() const;  // of a runner, at most
  // That SplitOptions::ranges knows nothing of, where products would be of bytes.
  int uncalibrated_layers() const;
  const std::vector<graph::PassReport>& passes() const;
  // The runner must not outlive the network. Errors: kInternal (memory, threads).
  Result<std::unique_ptr<SplitRunner>> make_runner() const;

 private:
  struct Impl;
  explicit SplitNetwork(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

}  // namespace framegen
