// tone_map.hpp: films of high dynamic range (PQ and HLG, BT.2020) → the 8-bit BT.709 that faces are known in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "framegen/image.hpp"

namespace framegen {

enum class HighRange { kPq, kHlg };

// Up to 60 % of reference white (203 cd/m², BT.2408) nothing is changed but the primaries, so that skin keeps
// its tone; from there to 1000 cd/m² the curve bends towards white.
class ToneMap {
 public:
  explicit ToneMap(HighRange kind);
  // `from`: B,G,R of 16 bits, full range, as coded; rows `stride` values apart; of the size of `to`.
  void map(const std::uint16_t* from, std::ptrdiff_t stride, MutableImageView to) const;

 private:
  void map_row(const std::uint16_t* from, int width, std::uint8_t* to) const;

  HighRange kind_;
  std::vector<float> light_;           // coded value → light; 1: reference white (HLG: of the scene)
  std::vector<float> scene_;           // HLG: root of the scene's luminance → what the display adds to it
  std::vector<float> bend_;            // root of a share of the peak → factor of a pixel's light
  std::vector<std::uint8_t> display_;  // root of light, 0 … 1 → 8 bits
};

}  // namespace framegen
