// mel_stream.hpp: 16 kHz samples in, mel columns out as soon as they are final (docs/reference.md §2).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "features/mel_basis.hpp"

namespace framegen {

// One column of the mel spectrogram: 80 bands, normalised to −4 … 4.
using MelColumn = std::array<float, kMelBands>;

// However the samples are cut, the columns are the same bytes. Column t needs samples up to 200·t + 399.
//   while (!samples.empty()) {
//     samples = samples.subspan(mel.push(samples));
//     while (mel.next(column)) …
//   }
//   mel.finish();
//   while (mel.next(column)) …
class MelStream {
 public:
  // Columns before `first_column` are counted but neither computed nor given out. Throws std::bad_alloc.
  explicit MelStream(std::int64_t first_column = 0);
  MelStream(MelStream&&) noexcept;
  MelStream& operator=(MelStream&&) noexcept;
  ~MelStream();

  // Takes samples until a column is ready, and says how many: none while one waits for next(). Allocates
  // nothing.
  std::size_t push(std::span<const float> samples);
  // No more samples: 1 + floor(samples / 200) columns in all.
  void finish();
  // False: none is ready; push more, or after finish() all are out.
  bool next(MelColumn& column);
  // Ready for another recording, with the memory of this one.
  void reset();

  std::int64_t samples() const;  // pushed so far

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace framegen
