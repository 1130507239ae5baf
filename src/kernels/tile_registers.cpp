// tile_registers.cpp: AMX, said to the assembler: no compiler flag is asked for, and none can do without the
// run-time question.
#include "kernels/tile_registers.hpp"

#include <cstring>

#include "core/platform.hpp"

namespace framegen {

#if defined(__x86_64__) && defined(__linux__)

bool tile_registers_there() {
  static const bool there = platform::allow_tile_registers();
  return there;
}

namespace {

// LDTILECFG's operand (Intel's manual, volume 2): every register whole.
struct alignas(64) Form {
  std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
  std::uint16_t bytes_per_row[16] = {};
  std::uint8_t rows[16] = {};
  constexpr Form() {
    for (std::size_t i = 0; i < 8; ++i) bytes_per_row[i] = 4 * kTileEdge, rows[i] = kTileEdge;
  }
};
constexpr Form kForm;

constexpr std::size_t kRowBytes = 4 * kTileEdge;           // of a tile of a
constexpr std::size_t kTileWords = kTileEdge * kTileEdge;  // of a tile of a, or of one vector of b

// Registers 0 to 3 are sums (0 and 1 of the first 16 rows), 4 and 5 pixels, 6 and 7 the panel.
#define FRAMEGEN_LOAD_TILE(number, from, row_bytes) \
  asm volatile("tileloadd (%0,%1,1), %%tmm" #number ::"r"(from), "r"(row_bytes) : "memory")
#define FRAMEGEN_STORE_TILE(number, to, row_bytes) \
  asm volatile("tilestored %%tmm" #number ", (%0,%1,1)" ::"r"(to), "r"(row_bytes) : "memory")
#define FRAMEGEN_CLEAR_TILE(number) asm volatile("tilezero %%tmm" #number :::)
#define FRAMEGEN_ADD_PRODUCT(sum, pixels, panel)                                   \
  do {                                                                             \
    if constexpr (kBytes)                                                          \
      asm volatile("tdpbusd %%tmm" #panel ", %%tmm" #pixels ", %%tmm" #sum :::);   \
    else                                                                           \
      asm volatile("tdpbf16ps %%tmm" #panel ", %%tmm" #pixels ", %%tmm" #sum :::); \
  } while (false)

template <bool kBytes, bool kTwoRows, bool kTwoVectors>
inline void add_block(const float* a, const float* b) {
  constexpr std::size_t kPanelBytes = (kTwoVectors ? 2 : 1) * kRowBytes;
  FRAMEGEN_LOAD_TILE(6, b, kPanelBytes);
  FRAMEGEN_LOAD_TILE(4, a, kRowBytes);
  FRAMEGEN_ADD_PRODUCT(0, 4, 6);
  if constexpr (kTwoVectors) {
    FRAMEGEN_LOAD_TILE(7, b + kTileEdge, kPanelBytes);
    FRAMEGEN_ADD_PRODUCT(1, 4, 7);
  }
  if constexpr (kTwoRows) {
    FRAMEGEN_LOAD_TILE(5, a + kTileWords, kRowBytes);
    FRAMEGEN_ADD_PRODUCT(2, 5, 6);
    if constexpr (kTwoVectors) FRAMEGEN_ADD_PRODUCT(3, 5, 7);
  }
}

template <bool kBytes, bool kTwoRows, bool kTwoVectors>
void multiply_as(const TileProduct& p, float* sums) {
  FRAMEGEN_CLEAR_TILE(0);
  if constexpr (kTwoVectors) FRAMEGEN_CLEAR_TILE(1);
  if constexpr (kTwoRows) FRAMEGEN_CLEAR_TILE(2);
  if constexpr (kTwoRows && kTwoVectors) FRAMEGEN_CLEAR_TILE(3);
  constexpr std::size_t kPanelWords = (kTwoVectors ? 2 : 1) * kTileWords;
  for (std::size_t i = 0; i < p.blocks; ++i)
    add_block<kBytes, kTwoRows, kTwoVectors>(p.a + i * p.a_block, p.b + i * kPanelWords);
  constexpr std::size_t kSumsBytes = 2 * kRowBytes;
  FRAMEGEN_STORE_TILE(0, sums, kSumsBytes);
  if constexpr (kTwoVectors) FRAMEGEN_STORE_TILE(1, sums + kTileEdge, kSumsBytes);
  if constexpr (kTwoRows) FRAMEGEN_STORE_TILE(2, sums + 2 * kTileWords, kSumsBytes);
  if constexpr (kTwoRows && kTwoVectors)
    FRAMEGEN_STORE_TILE(3, sums + 2 * kTileWords + kTileEdge, kSumsBytes);
}

#undef FRAMEGEN_LOAD_TILE
#undef FRAMEGEN_STORE_TILE
#undef FRAMEGEN_CLEAR_TILE
#undef FRAMEGEN_ADD_PRODUCT

template <bool kBytes>
void multiply_of(const TileProduct& p, float* sums) {
  const bool two_rows = p.rows > kTileEdge;
  if (p.vectors == 2)
    two_rows ? multiply_as<kBytes, true, true>(p, sums) : multiply_as<kBytes, false, true>(p, sums);
  else
    two_rows ? multiply_as<kBytes, true, false>(p, sums) : multiply_as<kBytes, false, false>(p, sums);
}

}  // namespace

TileRegisters::TileRegisters(bool wanted) : held_(wanted && tile_registers_there()) {
  if (held_) asm volatile("ldtilecfg %0" ::"m"(kForm));
}
TileRegisters::~TileRegisters() {
  if (held_) asm volatile("tilerelease" :::);
}

void multiply_tiles(const TileProduct& product, float* sums) {
  product.bytes ? multiply_of<true>(product, sums) : multiply_of<false>(product, sums);
}

#else

bool tile_registers_there() { return false; }
TileRegisters::TileRegisters(bool) : held_(false) {}
TileRegisters::~TileRegisters() = default;
void multiply_tiles(const TileProduct&, float*) {}

#endif

}  // namespace framegen
