// scan.hpp: the entropy-coded bits of a baseline JPEG, taken apart into runs of MCUs that can follow others.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "framegen/result.hpp"
#include "pictures/huffman.hpp"

namespace framegen::server {

inline constexpr int kMcuSide = 16;  // pixels, in 4:2:0

using DcValues = std::array<int, 3>;  // of Y, Cb, Cr

// MCUs that follow each other in the scan. Only its first three DC differences depend on what comes before
// it.
struct McuRun {
  struct Difference {
    std::size_t begin = 0, end = 0;  // its bits in the scan
    int value = 0;                   // what it leads to
  };
  std::size_t begin = 0, end = 0;  // bits; equal: no MCU
  std::array<Difference, 3> first{};
  DcValues last{};
};

// One component's two codes.
struct ComponentCodes {
  HuffmanCode dc, ac;
};

// A baseline JPEG in YCbCr 4:2:0 with one scan and no restart markers, which is what tjCompress2 makes.
struct JpegScan {
  using Codes = std::array<ComponentCodes, 2>;  // of Y; of Cb and Cr
  std::size_t header_bytes = 0;                 // up to the scan's first bit
  std::size_t size_at = 0;                      // in the header: height and width, two bytes each
  int mcus_across = 0, mcus_down = 0;
  std::shared_ptr<const Codes> codes;
  std::vector<std::uint8_t> bits;  // without stuffed bytes; kBitSlack more

  // Errors: kInternal (it is another kind of JPEG, or a broken one).
  static Result<JpegScan> parse(std::span<const std::uint8_t> jpeg);
  // Of another picture, `width` × `height`, that the same encoder made with the same settings: `coded` is
  // what comes behind its header. `reused`: memory for `bits`.
  JpegScan of_another(int width, int height, std::span<const std::uint8_t> coded,
                      std::vector<std::uint8_t> reused) const;
  // Runs that begin at the MCUs `starts` (ascending, the first 0), each up to the next one's. Errors:
  // kInternal.
  Result<std::vector<McuRun>> runs(std::span<const std::size_t> starts) const;
};

}  // namespace framegen::server
