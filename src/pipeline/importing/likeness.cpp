// likeness.cpp: the same faces by three networks of the same weights.
#include "pipeline/importing/likeness.hpp"

#include <array>
#include <cmath>

#include "core/aligned_buffer.hpp"
#include "generator/generator_shape.hpp"
#include "quality/metrics.hpp"

namespace framegen {
namespace {

// One precision's own way from a template frame and a window to the picture's pixels.
class PrecisionWay {
 public:
  static Result<PrecisionWay> open(const Speaker& speaker, ProductPrecision precision,
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

  // `input`: what the generator sees of the frame. What is given is valid until the next call.
  Result<ImageView> make(const Speaker& speaker, const PreparedFrame& frame, const TensorView& input,
                         std::span<const float> window) {
    FRAMEGEN_TRY(runner_->run_once(std::span(&input, 1), window, {}, face_.view()));
    FRAMEGEN_TRY(speaker.paste(scratch_, frame, face_.view(), area_));
    return std::as_const(area_).view().crop(frame.box.x - frame.area.x, frame.box.y - frame.area.y,
                                            frame.box.width, frame.box.height);
  }

 private:
  std::shared_ptr<const SplitNetwork> network_;
  std::unique_ptr<SplitRunner> runner_;
  PasteScratch scratch_;
  Image face_, area_;
};

std::optional<double> mean_ssim(const MetricsSum& sum) {
  const double ssim = sum.total().ssim;
  return std::isfinite(ssim) ? std::optional(ssim)
                             : std::nullopt;  // a face of fewer than 8×8 pixels has none
}

}  // namespace

Result<Likeness> measure_likeness(const Speaker& speaker, const ChannelRanges& ranges,
                                  std::span<const ComparedFace> faces, const std::function<Status()>& made) {
  PrecisionWay truth = FRAMEGEN_TRY(PrecisionWay::open(speaker, ProductPrecision::kFloat32, ranges));
  PrecisionWay brief = FRAMEGEN_TRY(PrecisionWay::open(speaker, ProductPrecision::kBFloat16, ranges));
  PrecisionWay bytes = FRAMEGEN_TRY(PrecisionWay::open(speaker, ProductPrecision::kInt8, ranges));
  const GeneratorShape shape = shape_of(speaker.bundle().manifest());
  const std::int64_t size = shape.image_size;
  const std::array<std::int64_t, 4> sizes{1, 6, size, size};
  AlignedBuffer<float> image(static_cast<std::size_t>(6 * size * size));
  MetricsSum brief_sum, bytes_sum;
  for (const ComparedFace& face : faces) {
    const auto frame = FRAMEGEN_TRY(speaker.frames().get(face.template_frame));
    fill_image_input(shape, frame->image, image.data());
    const TensorView input(sizes, image.span());
    const ImageView expected = FRAMEGEN_TRY(truth.make(speaker, *frame, input, face.window));
    const auto compare = [&](PrecisionWay& way, MetricsSum& sum) -> Status {
      const ImageView actual = FRAMEGEN_TRY(way.make(speaker, *frame, input, face.brief_window));
      sum.add(sum.frames(), compare_pictures(expected, actual));
      return {};
    };
    FRAMEGEN_TRY(compare(brief, brief_sum));
    FRAMEGEN_TRY(compare(bytes, bytes_sum));
    FRAMEGEN_TRY(made());
  }
  return Likeness{static_cast<int>(faces.size()), mean_ssim(brief_sum), mean_ssim(bytes_sum)};
}

}  // namespace framegen
