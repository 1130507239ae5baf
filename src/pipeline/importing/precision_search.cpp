// precision_search.cpp: each layer alone, an order, and as much of it as is needed.
#include "pipeline/importing/precision_search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "core/image.hpp"
#include "pipeline/importing/precision_way.hpp"
#include "quality/metrics.hpp"

namespace framegen {
namespace {

constexpr std::size_t kFacesAlone = 8;     // that a layer alone is seen on
constexpr double kLeastTimeShare = 0.002;  // of a face: less cannot be measured

struct Measured {
  double ssim = 0;
  double milliseconds = 0;  // of the fastest face
};

// Faces in float32, kept, and others beside them.
class Judge {
 public:
  static Result<Judge> open(const Speaker& speaker, std::span<const ComparedFace> faces) {
    Judge judge(speaker, faces);
    PrecisionWay truth = FRAMEGEN_TRY(PrecisionWay::open(speaker, ProductPrecision::kFloat32, {}));
    for (const ComparedFace& face : faces) {
      const auto frame = FRAMEGEN_TRY(speaker.frames().get(face.template_frame));
      const ImageView made =
          FRAMEGEN_TRY(truth.make(speaker, *frame, judge.picture_.of(*frame), face.window));
      judge.truth_.emplace_back(made.width, made.height);
      copy_pixels(made, judge.truth_.back().view());
    }
    return judge;
  }

  // `step`: every so many of the faces.
  Result<Measured> measure(ProductPrecision precision, const ChannelRanges& ranges, std::size_t step) {
    PrecisionWay way = FRAMEGEN_TRY(PrecisionWay::open(speaker_, precision, ranges));
    MetricsSum sum;
    Measured measured{0, std::numeric_limits<double>::max()};
    for (std::size_t i = 0; i < faces_.size(); i += step) {
      const auto frame = FRAMEGEN_TRY(speaker_.frames().get(faces_[i].template_frame));
      const ImageView actual =
          FRAMEGEN_TRY(way.make(speaker_, *frame, picture_.of(*frame), faces_[i].brief_window));
      sum.add(sum.frames(), compare_pictures(truth_[i].view(), actual));
      measured.milliseconds = std::min(measured.milliseconds, way.milliseconds());
    }
    measured.ssim = sum.total().ssim;
    return measured;
  }

 private:
  Judge(const Speaker& speaker, std::span<const ComparedFace> faces)
      : speaker_(speaker), faces_(faces), picture_(speaker) {}

  const Speaker& speaker_;
  std::span<const ComparedFace> faces_;
  PictureInput picture_;
  std::vector<Image> truth_;
};

// Weights that go into bf16 together, since they are of one block.
struct Layer {
  std::vector<std::string> weights;
  double ssim = 0;
  double gain_per_time = 0;
};

class Search {
 public:
  Search(Judge judge, const ChannelRanges& ranges, std::size_t faces, const std::function<Status()>& made)
      : judge_(std::move(judge)),
        ranges_(ranges),
        step_(std::max<std::size_t>(1, faces / kFacesAlone)),
        made_(made) {}

  Result<std::vector<std::string>> run(double least) {
    const double bytes = FRAMEGEN_TRY(with({}));
    if (bytes >= least) return std::vector<std::string>();
    const Measured brief = FRAMEGEN_TRY(judge_.measure(ProductPrecision::kBFloat16, {}, 1));
    FRAMEGEN_TRY(made_());
    if (brief.ssim < least)
      return Error{ErrorCode::kBadUse, "CalibrateOptions::least_likeness",
                   fmt::format("even bf16 reaches only {:.4f} on these faces", brief.ssim),
                   "ask for less, or use --precision fp32"};
    FRAMEGEN_TRY(look_at_layers());
    return fewest(least);
  }

 private:
  Status look_at_layers() {
    const Measured bytes = FRAMEGEN_TRY(judge_.measure(ProductPrecision::kInt8, ranges_, step_));
    for (const auto& [name, channels] : ranges_.map()) {
      const std::vector<std::string> alone{name};
      const Measured seen =
          FRAMEGEN_TRY(judge_.measure(ProductPrecision::kInt8, ranges_.without(alone), step_));
      FRAMEGEN_TRY(made_());
      const auto same = [&](const Layer& layer) {
        return std::bit_cast<std::uint64_t>(layer.ssim) == std::bit_cast<std::uint64_t>(seen.ssim);
      };
      // Weights of one block make the very same faces; weights that are no bytes anyway change none.
      const auto known = std::find_if(layers_.begin(), layers_.end(), same);
      if (known != layers_.end()) {
        known->weights.push_back(name);
      } else if (seen.ssim > bytes.ssim) {
        const double time =
            std::max(seen.milliseconds - bytes.milliseconds, kLeastTimeShare * bytes.milliseconds);
        layers_.push_back({alone, seen.ssim, (seen.ssim - bytes.ssim) / time});
      }
    }
    std::stable_sort(layers_.begin(), layers_.end(),
                     [](const Layer& a, const Layer& b) { return a.gain_per_time > b.gain_per_time; });
    return {};
  }

  static std::vector<std::string> weights_of(std::span<const Layer> layers) {
    std::vector<std::string> weights;
    for (const Layer& layer : layers)
      weights.insert(weights.end(), layer.weights.begin(), layer.weights.end());
    std::sort(weights.begin(), weights.end());
    return weights;
  }

  // SSIM with these in bf16.
  Result<double> with(std::span<const Layer> layers) {
    const Measured measured =
        FRAMEGEN_TRY(judge_.measure(ProductPrecision::kInt8, ranges_.without(weights_of(layers)), 1));
    FRAMEGEN_TRY(made_());
    return measured.ssim;
  }

  // Halves, as if more layers were never less like; then one more at a time, since they may be; then does
  // without each that is not needed.
  Result<std::vector<std::string>> fewest(double least) {
    const std::span<const Layer> all(layers_);
    std::size_t low = 0, high = layers_.size();
    while (high - low > 1) {
      const std::size_t middle = (low + high) / 2;
      (FRAMEGEN_TRY(with(all.first(middle))) >= least ? high : low) = middle;
    }
    for (std::size_t count = high; count <= layers_.size(); ++count) {
      if (FRAMEGEN_TRY(with(all.first(count))) >= least)
        return without_needless({all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count)}, least);
    }
    // Layers that help nobody alone are needed too: all of them.
    std::vector<std::string> every;
    for (const auto& [name, channels] : ranges_.map()) every.push_back(name);
    return every;
  }

  Result<std::vector<std::string>> without_needless(std::vector<Layer> chosen, double least) {
    for (std::size_t i = chosen.size(); i-- > 0;) {
      std::vector<Layer> fewer = chosen;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
      if (FRAMEGEN_TRY(with(fewer)) >= least) chosen = std::move(fewer);
    }
    return weights_of(chosen);
  }

  Judge judge_;
  const ChannelRanges& ranges_;
  const std::size_t step_;
  const std::function<Status()>& made_;
  std::vector<Layer> layers_;
};

}  // namespace

int search_steps(const ChannelRanges& ranges) {
  const auto names = static_cast<int>(ranges.map().size());
  return 2 + 2 * names + static_cast<int>(std::bit_width(static_cast<unsigned>(names))) + 1;
}

Result<std::vector<std::string>> layers_in_bf16(const Speaker& speaker, const ChannelRanges& ranges,
                                                std::span<const ComparedFace> faces, double least,
                                                const std::function<Status()>& made) {
  return Search(FRAMEGEN_TRY(Judge::open(speaker, faces)), ranges, faces.size(), made).run(least);
}

}  // namespace framegen
