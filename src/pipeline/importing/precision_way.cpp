// precision_way.cpp: a network of its own, its runner, and the paste.
#include "pipeline/importing/precision_way.hpp"

#include <chrono>

namespace framegen {

Result<PrecisionWay> PrecisionWay::open(const Speaker& speaker, ProductPrecision precision,
                                        const ChannelRanges& ranges) {
  PrecisionWay way;
  const std::filesystem::path file = speaker.bundle().generator_file();
  SplitOptions split;
  split.changing_input = speaker.bundle().manifest().tensors.audio;
  split.precision = precision;
  if (precision == ProductPrecision::kInt8) split.ranges = ranges;
  way.network_ = FRAMEGEN_TRY(SplitNetwork::load(file, split));
  way.runner_ = FRAMEGEN_TRY(way.network_->make_runner());
  way.face_ = Image(speaker.image_size(), speaker.image_size());
  return way;
}

Result<ImageView> PrecisionWay::make(const Speaker& speaker, const PreparedFrame& frame,
                                     const TensorView& input, std::span<const float> window) {
  const auto start = std::chrono::steady_clock::now();
  FRAMEGEN_TRY(runner_->run_once(std::span(&input, 1), window, {}, face_.view()));
  milliseconds_ = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  FRAMEGEN_TRY(speaker.paste(scratch_, frame, face_.view(), area_));
  return std::as_const(area_).view().crop(frame.box.x - frame.area.x, frame.box.y - frame.area.y,
                                          frame.box.width, frame.box.height);
}

PictureInput::PictureInput(const Speaker& speaker)
    : shape_(shape_of(speaker.bundle().manifest())),
      sizes_{1, 6, shape_.image_size, shape_.image_size},
      image_(static_cast<std::size_t>(6 * sizes_[2] * sizes_[3])) {}

TensorView PictureInput::of(const PreparedFrame& frame) {
  fill_image_input(shape_, frame.image, image_.data());
  return TensorView(sizes_, image_.span());
}

}  // namespace framegen
