// encoder_wishes.hpp: what those who are sent to want of the one encoder: key pictures, not too often, and a
// rate.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <utility>

namespace framegen::server::webrtc {

class EncoderWishes {
 public:
  void want_key(bool wanted = true) { key_wanted_ |= wanted; }
  // However many ask, and however often: a key picture is ten others.
  bool takes_key(std::int64_t now_us) {
    if (!key_wanted_ || now_us - key_us_ < kBetweenKeysUs) return false;
    key_wanted_ = false;
    key_us_ = now_us;
    return true;
  }
  // What pictures may take from now on; 0: as before. `least`: the slowest line's; 0: there is none.
  int takes_rate(int least) {
    if (least == 0 || std::abs(least - bits_per_second_) * 20 < bits_per_second_) return 0;
    return bits_per_second_ = least;
  }

 private:
  static constexpr std::int64_t kBetweenKeysUs = 400'000;
  bool key_wanted_ = false;
  std::int64_t key_us_ = 0;
  int bits_per_second_ = 0;
};

}  // namespace framegen::server::webrtc
