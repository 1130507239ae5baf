// line_rate.hpp: how much picture a line may be given, by what its receiver says of it.
#pragma once

#include <algorithm>

#include "webrtc/rtcp.hpp"

namespace framegen::server::webrtc {

// Loss as in Google's congestion control (draft-ietf-rmcat-gcc-02 §6): above a tenth the rate falls by half
// of it, below a fiftieth it grows a little with each report. What the receiver believes (REMB, from when
// packets come) is a ceiling.
class LineRate {
 public:
  static constexpr double kLeast = 150e3, kStart = 700e3, kMost = 2500e3;  // bits a second, of pictures
  static constexpr double kSound = 50e3;                                   // and all headers

  void hear(const Feedback& feedback) {
    if (feedback.bits_per_second) ceiling_ = 0.9 * static_cast<double>(*feedback.bits_per_second) - kSound;
    if (feedback.lost) {
      if (*feedback.lost > 0.1) rate_ *= 1 - 0.5 * *feedback.lost;
      if (*feedback.lost < 0.02) rate_ *= 1.05;
    }
    rate_ = std::clamp(std::min(rate_, ceiling_), kLeast, kMost);
  }
  int bits_per_second() const { return static_cast<int>(rate_); }

 private:
  double rate_ = kStart, ceiling_ = kMost;
};

}  // namespace framegen::server::webrtc
