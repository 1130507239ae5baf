// deinterlace.cpp: a missing line is guessed along edges between its neighbours, and kept within what the
// other field showed there just before and just after.
#include "quality/deinterlace.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace framegen {
namespace {

constexpr int kReach = 2;         // pixels to either side in which an edge may lean
constexpr int kForUpright = 12;   // what a leaning edge has to be better by, summed over nine values
constexpr std::ptrdiff_t kB = 3;  // bytes a pixel

// The lines round a missing one. `other_before` is null where no frame is known from before.
struct Lines {
  const std::uint8_t *above, *below;                // of the earlier field
  const std::uint8_t *above_before, *below_before;  // … a frame before
  const std::uint8_t *other, *other_before;         // in its place, of the later field, after and before
};

// How unlike two runs of three pixels are, the upper one `lean` pixels to the right, the lower one to the
// left.
int unlike(const Lines& l, std::ptrdiff_t at, std::ptrdiff_t lean) {
  int sum = 0;
  for (std::ptrdiff_t i = -kB; i < 2 * kB; ++i)
    sum += std::abs(l.above[at + i + kB * lean] - l.below[at + i - kB * lean]);
  return sum;
}

std::ptrdiff_t best_lean(const Lines& l, std::ptrdiff_t at, int x, int width) {
  if (x < kReach + 1 || x >= width - kReach - 1) return 0;
  std::ptrdiff_t best = 0;
  int least = unlike(l, at, 0) - kForUpright;
  for (const std::ptrdiff_t lean : {-1, 1, -2, 2}) {
    const int here = unlike(l, at, lean);
    if (here < least) least = here, best = lean;
  }
  return best;
}

void draw(const Lines& l, int width, std::uint8_t* to) {
  for (int x = 0; x < width; ++x) {
    const std::ptrdiff_t at = kB * x, lean = kB * best_lean(l, at, x, width);
    for (std::ptrdiff_t i = at; i < at + kB; ++i) {
      const int guess = (l.above[i + lean] + l.below[i - lean] + 1) / 2;
      if (l.other_before == nullptr) {
        to[i] = static_cast<std::uint8_t>(guess);
        continue;
      }
      const int still = (l.other[i] + l.other_before[i] + 1) / 2;
      const int moved =
          std::max(std::abs(l.other[i] - l.other_before[i]),
                   (std::abs(l.above[i] - l.above_before[i]) + std::abs(l.below[i] - l.below_before[i])) / 2);
      to[i] = static_cast<std::uint8_t>(std::clamp(guess, still - moved, still + moved));
    }
  }
}

}  // namespace

void Deinterlacer::next(ImageView even, ImageView odd, bool even_is_earlier, MutableImageView picture) {
  const ImageView earlier = even_is_earlier ? even : odd, later = even_is_earlier ? odd : even;
  const bool goes_on = known_ && even_was_earlier_ == even_is_earlier && earlier_.width() == even.width &&
                       earlier_.height() == even.height;
  const int first = even_is_earlier ? 0 : 1, rows = even.height;
  for (int i = 0; i < rows; ++i) {
    std::memcpy(picture.row(2 * i + first), earlier.row(i), static_cast<std::size_t>(kB * even.width));
    // Line i of the later field lies between these two of the earlier one.
    const int above = std::max(0, even_is_earlier ? i : i - 1),
              below = std::min(rows - 1, even_is_earlier ? i + 1 : i);
    const Lines lines{earlier.row(above),
                      earlier.row(below),
                      goes_on ? earlier_.view().row(above) : nullptr,
                      goes_on ? earlier_.view().row(below) : nullptr,
                      later.row(i),
                      goes_on ? later_.view().row(i) : nullptr};
    draw(lines, even.width, picture.row(2 * i + 1 - first));
  }
  earlier_.resize(even.width, rows);
  later_.resize(even.width, rows);
  copy_pixels(earlier, earlier_.view());
  copy_pixels(later, later_.view());
  known_ = true;
  even_was_earlier_ = even_is_earlier;
}

}  // namespace framegen
