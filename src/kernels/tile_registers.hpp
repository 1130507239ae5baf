// tile_registers.hpp: Intel's AMX: eight registers of 16 rows × 64 bytes, and products of two of them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace framegen {

// A tile's edges: 16 pixels, 16 output channels, 16 words of inputs.
inline constexpr std::size_t kTileEdge = 16;

// Whether this processor and system have them; the process asks once. Only x86 on Linux.
bool tile_registers_there();

// This thread's tile registers, for as long as it lives: loaded with the one form that is used here, and
// given back as they were found by programs that know nothing of them. It is made once for a kernel's whole
// call: another library may use the same registers in between.
class TileRegisters {
 public:
  explicit TileRegisters(bool wanted);
  ~TileRegisters();
  TileRegisters(const TileRegisters&) = delete;
  TileRegisters& operator=(const TileRegisters&) = delete;

  bool held() const { return held_; }

 private:
  const bool held_;
};

// sums [32][32] = Σ over words of a[row][word] · b[word][channel], for up to 32 rows and 32 channels. A word
// is four bytes (those of a without a sign, of b with one; sums of 32-bit integers), or two bfloat16 (sums of
// floats). Where `rows` is no multiple of 16 the rows behind them are read, and their sums written too.
struct TileProduct {
  bool bytes = true;
  const float* a = nullptr;  // [blocks][rows][16]
  std::size_t a_block = 0;   // words from one block of 16 to the next
  const float* b = nullptr;  // [16 · blocks][16 · vectors]
  std::size_t vectors = 2;   // 1 or 2
  std::size_t blocks = 0;    // of 16 words
  std::size_t rows = 0;      // 1 to 32
};
// For a thread that holds its registers. sums: aligned to 64 bytes.
void multiply_tiles(const TileProduct& product, float* sums);

}  // namespace framegen
