// template_loop.hpp: which template frame an output frame shows: to and fro (docs/reference.md §4).
#pragma once

#include <cstdint>

namespace framegen {

//   frames 40, start_frame 0:  1, 2, … 38, 39, 38, … 1, 0, 1, …   the frames at the turns are shown once,
//   or twice, as LiveTalking does:    0, 1, … 38, 39, 39, 38, … 1, 0, 0, 1, …
class TemplateLoop {
 public:
  // 0 ≤ start_frame < frames; the loop runs over start_frame … frames − 1. `first_index`: where in it the
  // first output frame stands (Manifest::first_index).
  explicit TemplateLoop(int frames, int start_frame = 0, int first = 1, bool turns_twice = false)
      : last_(frames - 1 - start_frame),
        start_frame_(start_frame),
        first_(first),
        twice_(turns_twice ? 1 : 0) {}

  // The template frame of output frame n ≥ 0, at once: renders may begin anywhere.
  int at(std::int64_t n) const {
    if (last_ <= 0) return start_frame_;
    const std::int64_t period = std::int64_t{2} * (last_ + twice_);
    const std::int64_t position = (n % period + first_) % period;
    return start_frame_ + static_cast<int>(position <= last_ ? position : period - twice_ - position);
  }

  // The next output frame after n that shows the template frame of n.
  std::int64_t next(std::int64_t n) const {
    if (last_ <= 0) return n + 1;
    const std::int64_t period = std::int64_t{2} * (last_ + twice_);
    const std::int64_t position = (n % period + first_) % period;
    const std::int64_t on_the_way_back = (2 * period - twice_ - 2 * position) % period;
    return n + (on_the_way_back > 0 ? on_the_way_back : period);
  }

  // Whether the first `frames` output frames show the template frame of n more than once.
  bool repeats_within(std::int64_t n, std::int64_t frames) const {
    if (last_ <= 0) return frames > 1;
    const std::int64_t period = std::int64_t{2} * (last_ + twice_);
    const std::int64_t here = n % period, other = next(here) % period;
    return next(here < other ? here : other) < frames;
  }

 private:
  int last_;  // L of docs/reference.md §4
  int start_frame_;
  int first_;
  int twice_;  // how often more than once a turn is shown
};

}  // namespace framegen
