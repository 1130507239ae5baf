// avatar_check.cpp: renders in silence as the avatar is, and as it would be with other boxes and channel
// orders.
#include "pipeline/importing/avatar_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>

#include "avatar/smooth_boxes.hpp"
#include "face/crop.hpp"

namespace framegen {
namespace {

constexpr std::size_t kSilence = 32000;  // samples: 2 s, whose middle knows nothing of its ends
constexpr int kSilentFrame = 24;
constexpr int kSeamPixels = 2;
// Limits, in levels and pixels: what people begin to see. A variant must be clearly better, and the avatar
// clearly bad, before it is believed.
constexpr double kSeamLimit = 6, kShiftLimit = 4, kJitterLimit = 1, kCutOffLimit = 0.01;
constexpr double kBad = 4, kClearlyBetter = 0.75;
constexpr double kPlaceIsBetter = 0.92, kSizeIsBetter = 0.85, kLeastGain = 0.15;

Result<std::vector<float>> silent_window(const Speaker& speaker) {
  AudioWindowStream stream = FRAMEGEN_TRY(speaker.make_window_stream(kSilentFrame));
  const std::vector<float> silence(kSilence);
  std::vector<float> window(stream.window_size());
  std::span<const float> rest = silence;
  while (!FRAMEGEN_TRY(stream.next(window))) {
    if (rest.empty()) return Error{ErrorCode::kInternal, "check", "silence gave no audio window", ""};
    rest = rest.subspan(FRAMEGEN_TRY(stream.push(rest)));
  }
  return window;
}

std::vector<int> spread_frames(const Manifest& manifest, int count) {
  const int last_frame = static_cast<int>(manifest.frames.size()) - 1;
  const auto [first, last] = manifest.idle.value_or(std::pair(0, last_frame));
  count = std::clamp(count, 1, last - first + 1);
  std::vector<int> frames;
  for (int i = 0; i < count; ++i)
    frames.push_back(first + (count == 1 ? 0 : i * (last - first) / (count - 1)));
  return frames;
}

void swap_red_and_blue(MutableImageView picture) {
  for (int y = 0; y < picture.height; ++y)
    for (int x = 0; x < picture.width; ++x) std::swap(picture.row(y)[3 * x], picture.row(y)[3 * x + 2]);
}

// Visits every value: x, y, channel and face − template.
void differences(ImageView face, ImageView inner, const std::function<void(int, int, int, int)>& visit) {
  for (int y = 0; y < face.height; ++y)
    for (int x = 0; x < face.width; ++x)
      for (int c = 0; c < 3; ++c) visit(x, y, c, face.row(y)[3 * x + c] - inner.row(y)[3 * x + c]);
}

double mean_difference(ImageView face, ImageView inner) {
  double sum = 0;
  differences(face, inner, [&](int, int, int, int d) { sum += std::abs(d); });
  return sum / (3.0 * face.width * face.height);
}

Rectangle moved(const Rectangle& box, double right, double down, double larger) {
  const auto part = [](int side, double share) { return static_cast<int>(std::lround(side * share)); };
  const int width = box.width + part(box.width, larger), height = box.height + part(box.height, larger);
  return {box.x + part(box.width, right) - (width - box.width) / 2,
          box.y + part(box.height, down) - (height - box.height) / 2, width, height};
}

class Check {
 public:
  explicit Check(const Speaker& speaker)
      : speaker_(speaker), manifest_(speaker.bundle().manifest()), geometry_(geometry_of(manifest_)) {}
  Status prepare();
  Status measure(const std::vector<int>& frames);
  Status try_channels(const std::vector<int>& frames);
  Status try_boxes(const std::vector<int>& frames);
  AvatarCheck judge();

 private:
  Result<ImageView> render(const ImageInput& image);
  void add_frame(ImageView face, ImageView inner);
  Result<double> difference_with(const std::vector<int>& frames, double right, double down, double larger);
  bool wants_rgb() const;
  bool gives_rgb() const;
  void judge_output();
  void judge_channels();
  void judge_picture();
  void judge_place();
  void warn(std::string what, std::string advice) {
    check_.warnings.push_back({std::move(what), std::move(advice)});
  }

  const Speaker& speaker_;
  const Manifest& manifest_;
  FaceGeometry geometry_;
  GeneratorWorker* worker_ = nullptr;
  std::vector<float> window_, output_;
  Image face_;
  double seam_sum_ = 0, seam_count_ = 0, cut_ = 0, values_ = 0;
  AvatarCheck check_;
};

Status Check::prepare() {
  window_ = FRAMEGEN_TRY(silent_window(speaker_));
  worker_ = FRAMEGEN_TRY(speaker_.generator_worker(0));
  face_ = Image(geometry_.size, geometry_.size);
  output_.resize(static_cast<std::size_t>(3 * geometry_.size * geometry_.size));
  check_.lowest_output = 1e30;
  check_.highest_output = -1e30;
  return {};
}

// Into face_ and output_.
Result<ImageView> Check::render(const ImageInput& image) {
  GeneratorJob job;
  job.template_frame = kKeptNowhere;  // most are variants of a template frame that nobody sees again
  job.image = image;
  job.audio_window = window_;
  job.face = face_.view();
  job.output = output_;
  FRAMEGEN_TRY(worker_->run({&job, 1}));
  return std::as_const(face_).view();
}

void Check::add_frame(ImageView face, ImageView inner) {
  const int last = face.width - 1 - kSeamPixels;
  double sum = 0;
  differences(face, inner, [&](int x, int y, int c, int d) {
    sum += std::abs(d);
    check_.colour_shift[static_cast<std::size_t>(c)] += d;
    if (x >= kSeamPixels && y >= kSeamPixels && x <= last && y <= last) return;
    seam_sum_ += std::abs(d);
    ++seam_count_;
  });
  check_.face_difference += sum / (3.0 * face.width * face.height);
  constexpr float kRounding = 1.0F / 512;
  for (const float v : output_) {
    if (!(v >= -kRounding && v <= 1 + kRounding)) ++cut_;
    check_.lowest_output = std::min(check_.lowest_output, static_cast<double>(v));
    check_.highest_output = std::max(check_.highest_output, static_cast<double>(v));
  }
  values_ += static_cast<double>(output_.size());
}

Status Check::measure(const std::vector<int>& frames) {
  for (const int frame : frames) {
    const auto prepared = FRAMEGEN_TRY(speaker_.frames().get(frame));
    add_frame(FRAMEGEN_TRY(render(prepared->image)), prepared->image.inner);
  }
  const auto count = static_cast<double>(frames.size());
  const double pixels = count * face_.width() * face_.height();
  check_.frames = static_cast<int>(frames.size());
  check_.face_difference /= count;
  for (double& shift : check_.colour_shift) shift /= pixels;
  check_.seam = seam_sum_ / seam_count_;
  check_.cut_off = cut_ / values_;
  check_.box_jitter = box_jitter(manifest_.boxes);
  return {};
}

Status Check::try_channels(const std::vector<int>& frames) {
  Image inner(geometry_.size, geometry_.size), masked;
  for (const int frame : frames) {
    const auto prepared = FRAMEGEN_TRY(speaker_.frames().get(frame));
    FRAMEGEN_TRY(render(prepared->image));
    check_.as.plain += mean_difference(face_, prepared->image.inner);
    swap_red_and_blue(face_);
    check_.as.rgb_output += mean_difference(face_, prepared->image.inner);
    copy_pixels(prepared->image.inner, inner);
    swap_red_and_blue(inner);
    ImageInput swapped(inner);
    if (!prepared->image.masked.empty()) {
      masked = Image(geometry_.size, geometry_.size);
      copy_pixels(prepared->image.masked, masked);
      swap_red_and_blue(masked);
      swapped.masked = std::as_const(masked).view();
    }
    check_.as.rgb_network += mean_difference(FRAMEGEN_TRY(render(swapped)), inner);
  }
  for (double* sum : {&check_.as.plain, &check_.as.rgb_output, &check_.as.rgb_network})
    *sum /= static_cast<double>(frames.size());
  return {};
}

// Mean difference with boxes moved by these shares of their side; huge where a box leaves its frame.
Result<double> Check::difference_with(const std::vector<int>& frames, double right, double down,
                                      double larger) {
  double sum = 0;
  Image crop(geometry_.crop, geometry_.crop);
  for (const int frame : frames) {
    const auto prepared = FRAMEGEN_TRY(speaker_.frames().get(frame));
    const Rectangle box = moved(manifest_.boxes[static_cast<std::size_t>(frame)], right, down, larger);
    if (!cut_box(box, manifest_.width, manifest_.height)) return 1e9;
    FRAMEGEN_TRY(crop_face(*prepared->bgr, box, geometry_, crop));
    const ImageView inner = inner_view(std::as_const(crop).view(), geometry_);
    sum += mean_difference(FRAMEGEN_TRY(render(inner)), inner);
  }
  return sum / static_cast<double>(frames.size());
}

// Downhill over the place, in steps that get finer; then over the size, there and where the box was: of one
// that is only too large a place beside the right one may fit better. A smaller box always looks a little
// better, being smoother once it is enlarged.
Status Check::try_boxes(const std::vector<int>& frames) {
  check_.better_box = manifest_.boxes.front();
  if (manifest_.image.source == ImageSource::kPrecut || wants_rgb() || gives_rgb()) return {};
  const double plain = check_.as.plain;
  double right = 0, down = 0, larger = 0, best = plain;
  const auto try_at = [&](double r, double d, double l) -> Status {
    const double difference = FRAMEGEN_TRY(difference_with(frames, r, d, l));
    if (difference < best) best = difference, right = r, down = d, larger = l;
    return {};
  };
  for (const double step : {0.12, 0.06, 0.03})
    for (const auto& [dx, dy] : {std::pair{1, 0}, std::pair{-1, 0}, std::pair{0, 1}, std::pair{0, -1}})
      FRAMEGEN_TRY(try_at(right + step * dx, down + step * dy, 0));
  const double placed = best, placed_right = right, placed_down = down;
  for (const double size : {0.12, -0.12, 0.06, -0.06}) {
    FRAMEGEN_TRY(try_at(placed_right, placed_down, size));
    if (placed < plain) FRAMEGEN_TRY(try_at(0, 0, size));
  }
  if (best > kSizeIsBetter * placed) right = placed_right, down = placed_down, larger = 0, best = placed;
  if (plain - best > kLeastGain && best < kPlaceIsBetter * plain)
    check_.better_box = moved(manifest_.boxes.front(), right, down, larger);
  return {};
}

void Check::judge_output() {
  if (check_.highest_output < 2.0 / 255) {
    warn(fmt::format("the network's values reach {:.4f} of 1: the face is black", check_.highest_output),
         "export it so that its output is 0…1, not divided by 255 again");
  } else if (check_.cut_off > kCutOffLimit) {
    const std::string range = check_.highest_output > 2     ? "they look like 0…255: divide by 255"
                              : check_.lowest_output < -0.1 ? "they look like −1…1: export with (x + 1) / 2"
                                                            : "a sigmoid may be missing at its end";
    warn(fmt::format("{:.1f} % of the network's values lie outside 0…1 ({:.2f} … {:.2f}) and are cut off",
                     100 * check_.cut_off, check_.lowest_output, check_.highest_output),
         "export it so that its output is 0…1; " + range);
  }
}

bool Check::wants_rgb() const {
  const auto& as = check_.as;
  return as.plain > kBad && as.rgb_network < kClearlyBetter * as.plain && as.rgb_network <= as.rgb_output;
}

bool Check::gives_rgb() const {
  return !wants_rgb() && check_.as.plain > kBad && check_.as.rgb_output < kClearlyBetter * check_.as.plain;
}

void Check::judge_channels() {
  if (wants_rgb())
    warn(fmt::format(
             "the channel order looks wrong: with red and blue exchanged the face differs by {:.1f} levels "
             "instead of {:.1f}",
             check_.as.rgb_network, check_.as.plain),
         "template and network must both be BGR: import pictures that OpenCV wrote, or export the network "
         "for BGR");
  if (gives_rgb())
    warn(fmt::format(
             "the network's output looks like R,G,B: exchanged it differs by {:.1f} levels instead of {:.1f}",
             check_.as.rgb_output, check_.as.plain),
         "export the network so that its output is B,G,R as its input");
}

void Check::judge_picture() {
  const auto strongest = *std::max_element(check_.colour_shift.begin(), check_.colour_shift.end(),
                                           [](double a, double b) { return std::abs(a) < std::abs(b); });
  if (std::abs(strongest) > kShiftLimit)
    warn(fmt::format("the face's colour is shifted by {:.1f}, {:.1f}, {:.1f} levels (B, G, R)",
                     check_.colour_shift[0], check_.colour_shift[1], check_.colour_shift[2]),
         "use the template film that the network was trained on, with the same colour range");
  if (check_.seam > kSeamLimit)
    warn(fmt::format("the seam is {:.1f} levels: the face's border will be seen", check_.seam),
         "check that boxes and template are those of the training, or train longer");
}

void Check::judge_place() {
  const Rectangle &own = manifest_.boxes.front(), &better = check_.better_box;
  if (better != own)
    warn(fmt::format(
             "boxes do not lie where the network expects them: for frame 0 x {}, y {}, size {} fits better "
             "than x {}, y {}, size {}",
             better.x, better.y, better.width, own.x, own.y, own.width),
         "import with the boxes or landmarks that the network was trained with");
  if (check_.box_jitter > kJitterLimit)
    warn(fmt::format("the boxes shake by {:.1f} pixels from frame to frame", check_.box_jitter),
         "smooth them: framegen import --video … --smooth 5, or detect the landmarks again");
}

// What follows from a wrong range or order of the channels is not told again.
AvatarCheck Check::judge() {
  judge_output();
  judge_channels();
  if (check_.warnings.empty()) judge_picture();
  judge_place();
  return std::move(check_);
}

}  // namespace

Result<AvatarCheck> check_avatar(const Speaker& speaker, const AvatarCheckOptions& options) {
  const Manifest& manifest = speaker.bundle().manifest();
  Check check(speaker);
  FRAMEGEN_TRY(check.prepare());
  FRAMEGEN_TRY(check.measure(spread_frames(manifest, options.frames)));
  const auto few = spread_frames(manifest, options.variants);
  FRAMEGEN_TRY(check.try_channels(few));
  FRAMEGEN_TRY(check.try_boxes(few));
  return check.judge();
}

}  // namespace framegen
