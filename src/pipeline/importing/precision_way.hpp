// precision_way.hpp: one precision's own way from a template frame and an audio window to the picture's
// pixels.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "core/aligned_buffer.hpp"
#include "framegen/image.hpp"
#include "generator/generator_shape.hpp"
#include "nn/native/split_network.hpp"
#include "pipeline/speaking/speaker.hpp"

namespace framegen {

class PrecisionWay {
 public:
  // `ranges`: for bytes. Errors: kBadAvatar (also where the native backend does not run the network),
  // kInternal (memory).
  static Result<PrecisionWay> open(const Speaker& speaker, ProductPrecision precision,
                                   const ChannelRanges& ranges);
  // The face box of the picture, pasted. `input`: what the generator sees of the frame. What is given is
  // valid until the next call.
  Result<ImageView> make(const Speaker& speaker, const PreparedFrame& frame, const TensorView& input,
                         std::span<const float> window);
  // What the network took of the last call.
  double milliseconds() const { return milliseconds_; }

 private:
  std::shared_ptr<const SplitNetwork> network_;
  std::unique_ptr<SplitRunner> runner_;
  PasteScratch scratch_;
  Image face_, area_;
  double milliseconds_ = 0;
};

// What the generator sees of template frames, one after the other.
class PictureInput {
 public:
  explicit PictureInput(const Speaker& speaker);
  // Valid until the next call.
  TensorView of(const PreparedFrame& frame);

 private:
  const GeneratorShape shape_;
  const std::array<std::int64_t, 4> sizes_;
  AlignedBuffer<float> image_;
};

}  // namespace framegen
