// metrics.hpp: how much two pictures differ, in numbers.
#pragma once

#include <cstdint>
#include <optional>

#include "core/image.hpp"

namespace framegen {

// Of one pair of pictures. PSNR and SSIM are those of FFmpeg's psnr and ssim filters on RGB pictures (gbrp;
// their "average" and "All").
struct PictureMetrics {
  std::int64_t pixels = 0;
  std::int64_t identical = 0;   // pixels equal in all three channels
  std::int64_t within_one = 0;  // pixels with no channel off by more than 1
  int largest = 0;              // largest difference of a channel, 0…255
  int largest_x = 0;            // the first pixel that has it, from the top left
  int largest_y = 0;
  double squared_error = 0;  // summed over all pixels and channels
  // Structural similarity, −1…1: the mean over the three channels of the mean over windows of 8×8 pixels in
  // steps of 4, each window with equal weights and sample variances (division by 63), constants (0.01·255)²
  // and (0.03·255)². NaN where the picture is smaller than a window.
  double ssim = 1;

  double identical_share() const { return share(identical); }
  double within_one_share() const { return share(within_one); }
  double mean_squared_error() const;
  double psnr_db() const;  // peak signal-to-noise ratio; infinite for identical pictures

 private:
  double share(std::int64_t n) const {
    return pixels == 0 ? 1 : static_cast<double>(n) / static_cast<double>(pixels);
  }
};

// Both of one size. A region is compared by giving the same crop of both.
PictureMetrics compare_pictures(ImageView a, ImageView b);

// Over many frames: shares and errors of all pixels, SSIM as the mean over frames (as FFmpeg sums up).
class MetricsSum {
 public:
  void add(std::int64_t frame, const PictureMetrics& metrics);
  std::int64_t frames() const { return frames_; }
  // All frames as if they were one picture; `largest_x/y` belong to largest_frame().
  PictureMetrics total() const;
  std::optional<std::int64_t> worst_frame()
      const;  // of the largest mean squared error; none: all are identical
  std::int64_t largest_frame() const { return largest_frame_; }

 private:
  PictureMetrics sum_;
  std::int64_t frames_ = 0;
  double ssim_sum_ = 0;
  double worst_error_ = 0;
  std::optional<std::int64_t> worst_frame_;
  std::int64_t largest_frame_ = 0;
};

// Where two pictures differ, as a picture of their size: equal pixels are `a` in dim grey, others glow from
// blue (off by 1) through red to white (off by 255). `out` may not overlap.
void draw_heatmap(ImageView a, ImageView b, MutableImageView out);

}  // namespace framegen
