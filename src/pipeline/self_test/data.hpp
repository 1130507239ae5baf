// data.hpp: golden vectors that lie in the program itself (tests/golden/README.md says how they
// were made).
#pragma once

#include <cstdint>
#include <span>

namespace framegen {

// Whole files. Samples: every kSampleStride-th value of the golden array, which is much larger.
struct SelfTestData {
  static constexpr std::size_t kSampleStride = 97;

  std::span<const std::uint8_t> speech;    // WAV, 16 kHz
  std::span<const std::uint8_t> mel;       // .npy f4 [80,T] of `speech`
  std::span<const std::uint8_t> features;  // .npy f4 [N,512] of `speech`, first and last not repeated; seed 1
  std::span<const std::uint8_t> box;       // PNG: the pixels of a face box, 412×412
  std::span<const std::uint8_t> crop_samples;  // .npy u1, of the box resized to 328×328, BGR
  std::span<const std::uint8_t> audio_window;  // .npy f4 [32,16,16]
  std::span<const std::uint8_t>
      generator_samples;                         // .npy f4, of the half-width generator's [3,320,320]; seed 1
  std::span<const std::uint8_t> face;            // PNG: a face, 320×320
  std::span<const std::uint8_t> pasted_samples;  // .npy u1, of `face` pasted into `box`, BGR
  std::span<const std::uint8_t> jpeg;            // a JPEG with subsampled colour
  const char* jpeg_sha256 = "";                  // of its pixels as libjpeg's accurate decoder gives them
};

const SelfTestData& self_test_data();

}  // namespace framegen
