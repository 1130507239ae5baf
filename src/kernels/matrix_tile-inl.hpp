// matrix_tile-inl.hpp: the register tile of all matrix products here: some pixels × one panel of output
// channels. Included by kernels once per instruction set.
#if defined(FRAMEGEN_KERNELS_MATRIX_TILE_INL_HPP_) == defined(HWY_TARGET_TOGGLE)
#ifdef FRAMEGEN_KERNELS_MATRIX_TILE_INL_HPP_
#undef FRAMEGEN_KERNELS_MATRIX_TILE_INL_HPP_
#else
#define FRAMEGEN_KERNELS_MATRIX_TILE_INL_HPP_
#endif

#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/packing.hpp"

HWY_BEFORE_NAMESPACE();
namespace framegen::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using Vector = hn::Vec<Floats>;
inline constexpr std::size_t kLanes = hn::MaxLanes(Floats());

// Rows of the tile: accumulators (rows × panel vectors), the panel's vectors and one pixel must fit the
// registers.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL || HWY_TARGET == HWY_NEON
inline constexpr std::size_t kMaxRows = 14;  // 32 registers
#else
inline constexpr std::size_t kMaxRows = 6;  // 16 registers
#endif

// Keeps a loaded vector in its register: GCC would rather load it again for each use.
HWY_INLINE void keep_in_register([[maybe_unused]] Vector& v) {
#if HWY_COMPILER_GCC_ACTUAL && HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128
  asm("" : "+v"(v.raw));
#endif
}

// The first `valid` lanes, the rest zero; never reads behind them.
HWY_INLINE Vector load_some(const float* p, std::size_t valid) {
  const Floats d;
  if (HWY_LIKELY(valid >= kLanes)) return hn::LoadU(d, p);
  HWY_ALIGN float lanes[kLanes] = {};
  std::memcpy(lanes, p, valid * sizeof(float));
  return hn::Load(d, lanes);
}

HWY_INLINE Vector load_some_half(const std::uint16_t* p, std::size_t valid) {
  const hn::Rebind<hwy::float16_t, Floats> half;
  HWY_ALIGN std::uint16_t lanes[kLanes] = {};
  if (HWY_UNLIKELY(valid < kLanes)) {
    std::memcpy(lanes, p, valid * sizeof(std::uint16_t));
    p = lanes;
  }
  return hn::PromoteTo(Floats(), hn::LoadU(half, reinterpret_cast<const hwy::float16_t*>(p)));
}

HWY_INLINE void store_some(Vector v, float* p, std::size_t valid) {
  const Floats d;
  if (HWY_LIKELY(valid >= kLanes)) return hn::StoreU(v, d, p);
  HWY_ALIGN float lanes[kLanes];
  hn::Store(v, d, lanes);
  std::memcpy(p, lanes, valid * sizeof(float));
}

// c[row][channel] = relu?( (bias or c) + addend + Σ_k a[row][k] · b[k][channel] ), summed in the order of k.
struct MatrixTile {
  const float* a;                // blocks of kLanes k: [k / kLanes][rows][kLanes]
  std::size_t a_block;           // floats from one such block to the next
  std::size_t k;                 // how many
  const float* b;                // [k][panel vectors · kLanes]
  const float* bias;             // [panel vectors · kLanes], or null: sums go on from c
  const void* addend = nullptr;  // or null
  bool addend_half = false;      // 16-bit floats
  bool relu = false;
  std::size_t addend_pitch = 0;                // elements from row to row
  float* c;                                    // first row, first channel
  std::size_t c_pitch;                         // floats from row to row
  std::size_t c_block = kLanes;                // floats from one vector of channels to the next
  std::size_t valid = ~std::size_t{0};         // channels that exist in c
  std::size_t addend_valid = ~std::size_t{0};  // and in the addend
};

template <std::size_t kRows, std::size_t kVectors>
HWY_INLINE void begin_sums(const MatrixTile& t, Vector (&sum)[kRows][kVectors]) {
  const Floats d;
#pragma GCC unroll 16
  for (std::size_t v = 0; v < kVectors; ++v) {
    const std::size_t first = v * kLanes, valid = t.valid > first ? t.valid - first : 0;
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r) {
      sum[r][v] = t.bias != nullptr ? hn::LoadU(d, t.bias + first)
                                    : load_some(t.c + r * t.c_pitch + v * t.c_block, valid);
    }
    if (t.addend == nullptr) continue;
    const std::size_t addend_valid = t.addend_valid > first ? t.addend_valid - first : 0;
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r) {
      const std::size_t at = r * t.addend_pitch + first;
      sum[r][v] = hn::Add(sum[r][v],
                          t.addend_half
                              ? load_some_half(static_cast<const std::uint16_t*>(t.addend) + at, addend_valid)
                              : load_some(static_cast<const float*>(t.addend) + at, addend_valid));
    }
  }
}

template <std::size_t kRows, std::size_t kVectors>
HWY_INLINE void end_sums(const MatrixTile& t, Vector (&sum)[kRows][kVectors]) {
  const Floats d;
#pragma GCC unroll 16
  for (std::size_t v = 0; v < kVectors; ++v) {
    const std::size_t first = v * kLanes, valid = t.valid > first ? t.valid - first : 0;
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r) {
      const Vector value = t.relu ? hn::Max(sum[r][v], hn::Zero(d)) : sum[r][v];
      store_some(value, t.c + r * t.c_pitch + v * t.c_block, valid);
    }
  }
}

template <std::size_t kRows, std::size_t kVectors>
void matrix_tile(const MatrixTile& t) {
  const Floats d;
  Vector sum[kRows][kVectors];
  begin_sums<kRows, kVectors>(t, sum);
  const float* HWY_RESTRICT b = t.b;
  const float* HWY_RESTRICT a = t.a;
  for (std::size_t left = t.k; left != 0;) {
    const std::size_t here = HWY_MIN(left, kLanes);
    for (std::size_t k = 0; k < here; ++k) {
      Vector panel[kVectors];
#pragma GCC unroll 16
      for (std::size_t v = 0; v < kVectors; ++v) panel[v] = hn::LoadU(d, b + v * kLanes);
#pragma GCC unroll 16
      for (std::size_t r = 0; r < kRows; ++r) {
        const Vector pixel = hn::Set(d, a[r * kLanes + k]);
#pragma GCC unroll 16
        for (std::size_t v = 0; v < kVectors; ++v) sum[r][v] = hn::MulAdd(pixel, panel[v], sum[r][v]);
      }
      b += kVectors * kLanes;
    }
    a += t.a_block;
    left -= here;
  }
  end_sums<kRows, kVectors>(t, sum);
}

using MatrixTileFunction = void (*)(const MatrixTile&);
template <std::size_t kVectors, std::size_t... kRow>
constexpr MatrixTileFunction matrix_tile_of(std::size_t rows, std::index_sequence<kRow...>) {
  constexpr MatrixTileFunction functions[] = {&matrix_tile<kRow + 1, kVectors>...};
  return functions[rows - 1];
}

// One panel for any number of rows: as few tiles as fit, of nearly equal heights. Results do not depend on
// the cut.
HWY_INLINE void matrix_panel(MatrixTile t, std::size_t vectors, std::size_t rows) {
  using Heights = std::make_index_sequence<kMaxRows>;
  for (std::size_t tiles = ceil_div(rows, kMaxRows); tiles != 0; --tiles) {
    const std::size_t here = ceil_div(rows, tiles);
    (vectors == 2 ? matrix_tile_of<2>(here, Heights()) : matrix_tile_of<1>(here, Heights()))(t);
    t.a += here * kLanes;
    t.c += here * t.c_pitch;
    if (t.addend != nullptr)
      t.addend = static_cast<const char*>(t.addend) + here * t.addend_pitch * (t.addend_half ? 2 : 4);
    rows -= here;
  }
}

// Rows of channels-last pixels, `pitch` floats apart → the blocks that MatrixTile::a wants.
HWY_INLINE void gather_rows(const float* x, std::size_t pitch, std::size_t channels, std::size_t rows,
                            float* a, std::size_t a_block) {
  const Floats d;
  for (std::size_t c = 0; c < channels; c += kLanes, a += a_block)
    for (std::size_t r = 0; r < rows; ++r)
      hn::StoreU(load_some(x + r * pitch + c, channels - c), d, a + r * kLanes);
}

}  // namespace framegen::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
