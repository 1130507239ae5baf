// likeness.cpp: the same faces by three networks of the same weights.
#include "pipeline/importing/likeness.hpp"

#include <cmath>

#include "pipeline/importing/precision_way.hpp"
#include "quality/metrics.hpp"

namespace framegen {
namespace {

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
  PictureInput picture(speaker);
  MetricsSum brief_sum, bytes_sum;
  for (const ComparedFace& face : faces) {
    const auto frame = FRAMEGEN_TRY(speaker.frames().get(face.template_frame));
    const TensorView input = picture.of(*frame);
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
