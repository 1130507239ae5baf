// splice.hpp: a picture's JPEG out of the template frame's, coded once, and a rectangle's, coded anew.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "framegen/image.hpp"
#include "framegen/result.hpp"
#include "pictures/scan.hpp"

namespace framegen::server {

// The smallest rectangle of whole MCUs around `box` in a picture of that size; cut at the picture's edges.
Rectangle whole_mcus(const Rectangle& box, int width, int height);

// Memory that splices of one encoder after the other use.
struct SpliceScratch {
  std::vector<std::uint8_t> face_bits, bits;
};

// A template frame's JPEG, ready to have another face put in. Immutable.
//
//   the scan:  ═══ kept ═══╪─ rectangle, row 0 ─╪═ kept ═╪─ row 1 ─╪═ kept ═╪ …
//
// A run of MCUs is copied bit by bit; only the first DC difference of each component says what came before.
class KeptJpeg {
 public:
  // `rectangle` of whole MCUs, with an area. Errors: kInternal (a kind of JPEG that tjCompress2 does not
  // make).
  static Result<std::shared_ptr<const KeptJpeg>> create(std::span<const std::uint8_t> jpeg,
                                                        const Rectangle& rectangle, bool untouched);

  const Rectangle& rectangle() const { return rectangle_; }
  // It is of the template frame as it is: nobody's face was in the rectangle.
  bool untouched() const { return untouched_; }
  std::size_t bytes() const;
  // The JPEG that was given.
  void whole(std::vector<std::uint8_t>& out) const;
  // The same with `face`'s picture, a JPEG of the rectangle made with the same settings, in the rectangle's
  // place: byte for byte what the encoder would make of the whole picture. Errors: kInternal.
  Status splice(std::span<const std::uint8_t> face, SpliceScratch& scratch,
                std::vector<std::uint8_t>& out) const;

 private:
  KeptJpeg() = default;

  std::vector<std::uint8_t> header_, face_header_;  // the whole picture's; the rectangle's
  JpegScan scan_;
  std::vector<McuRun> kept_;  // what lies before each of the rectangle's rows, and behind the last
  Rectangle rectangle_;
  bool untouched_ = false;
};

}  // namespace framegen::server
