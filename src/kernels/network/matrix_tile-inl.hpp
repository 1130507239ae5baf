// matrix_tile-inl.hpp: the register tile of all matrix products here: some pixels × one panel of output
// channels. Included by kernels once per instruction set.
#if defined(FRAMEGEN_KERNELS_MATRIX_TILE_INL_HPP_) == defined(HWY_TARGET_TOGGLE)
#ifdef FRAMEGEN_KERNELS_MATRIX_TILE_INL_HPP_
#undef FRAMEGEN_KERNELS_MATRIX_TILE_INL_HPP_
#else
#define FRAMEGEN_KERNELS_MATRIX_TILE_INL_HPP_
#endif

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/network/packing.hpp"
#include "kernels/network/product_precision.hpp"

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
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
  return hn::MaskedLoad(hn::FirstN(d, valid), d, p);  // here a masked lane is not read
#else
  HWY_ALIGN float lanes[kLanes] = {};
  std::memcpy(lanes, p, valid * sizeof(float));
  return hn::Load(d, lanes);
#endif
}

HWY_INLINE Vector load_some_integers(const std::int16_t* p, std::size_t valid) {
  const hn::RebindToSigned<Floats> di;
  const hn::Rebind<std::int16_t, Floats> brief;
  HWY_ALIGN std::int16_t lanes[kLanes] = {};
  if (HWY_UNLIKELY(valid < kLanes)) {
    std::memcpy(lanes, p, valid * sizeof(std::int16_t));
    p = lanes;
  }
  return hn::ConvertTo(Floats(), hn::PromoteTo(di, hn::LoadU(brief, p)));
}

HWY_INLINE void store_some(Vector v, float* p, std::size_t valid) {
  const Floats d;
  if (HWY_LIKELY(valid >= kLanes)) return hn::StoreU(v, d, p);
  HWY_ALIGN float lanes[kLanes];
  hn::Store(v, d, lanes);
  std::memcpy(p, lanes, valid * sizeof(float));
}

// What is added to a tile: floats, or a row of integers with their channels' scales (scaled_rows.hpp), or
// neither.
struct AddendTile {
  const float* floats = nullptr;
  const std::int16_t* integers = nullptr;
  const float* scales = nullptr;
  std::size_t pitch = 0;                // elements from pixel to pixel
  std::size_t valid = ~std::size_t{0};  // channels that exist
};

// A row at half the width that is enlarged by two, with aligned corners, while it is added to a tile: pixels
// 2j+1 and 2j+2 lie between columns j and j+1 (upsample_tile-inl.hpp).
struct BlendedRow {
  const float* columns = nullptr;    // [column][kLanes], from the column left of the first pixel on
  std::size_t block = 0;             // floats from one vector of channels to the next
  const float* fractions = nullptr;  // of each pixel's way from left to right
  bool second = false;               // the first pixel is the second of its pair

  void advance(std::size_t pixels) {
    const std::size_t halves = pixels + (second ? 1 : 0);
    columns += halves / 2 * kLanes;
    fractions += pixels;
    second = halves % 2 != 0;
  }
};

// c[row][channel] = relu?( (bias or c) + addend + Σ_k a[row][k] · b[k][channel] + enlarged row ), summed in
// this order, and that of k.
// In lower precision a word of a and b holds two neighbouring k as 16-bit floats, or four as bytes: `k`
// counts words. Sums of bytes are whole numbers, times their output's factor before anything is added.
struct MatrixTile {
  ProductPrecision precision = ProductPrecision::kFloat32;
  bool tile_registers = false;     // this thread holds them: products of words go there
  const float* a;                  // blocks of kLanes words: [k / kLanes][rows][kLanes]
  std::size_t a_block;             // words from one such block to the next
  std::size_t k;                   // how many
  const float* b;                  // [k][panel vectors · kLanes]
  const float* factors = nullptr;  // [panel vectors · kLanes], for bytes alone
  const float* bias;               // [panel vectors · kLanes], or null: sums go on from c
  AddendTile addend{};             // all rows are of one row of the image where it has scales
  BlendedRow blended{};            // of a row of the image too
  bool relu = false;
  float* c;                             // first row, first channel
  std::size_t c_pitch;                  // floats from row to row
  std::size_t c_block = kLanes;         // floats from one vector of channels to the next
  std::size_t valid = ~std::size_t{0};  // channels that exist in c
};

// One panel for any number of rows: as few register tiles as fit, of nearly equal heights. Results do not
// depend on the cut. `t` goes along with them: a copy would be read in larger pieces than it was just written
// in, for which processors wait. Defined once per instruction set in matrix_tile.cpp.
void matrix_panel(MatrixTile& t, std::size_t vectors, std::size_t rows);

// Sixteen-bit floats (the upper half of a float), nearest, ties away from zero.
HWY_INLINE void store_brief(Vector v, std::uint16_t* to) {
  const hn::RebindToUnsigned<Floats> du;
  const hn::RebindToSigned<Floats> di;
  const auto bits = hn::ShiftRight<16>(hn::Add(hn::BitCast(du, v), hn::Set(du, 0x8000U)));
  const hn::Rebind<std::uint16_t, Floats> half;
  hn::StoreU(hn::DemoteTo(half, hn::BitCast(di, bits)), half, to);
}

// Where vector `block` of channels of row r lies among the words of MatrixTile::a, for 16-bit floats.
HWY_INLINE std::uint16_t* brief_at(float* a, std::size_t a_block, std::size_t block, std::size_t row) {
  return reinterpret_cast<std::uint16_t*>(a + block / 2 * a_block + row * kLanes) + block % 2 * kLanes;
}

// The byte nearest to v, ties to even; v is not below 0.
HWY_INLINE void store_bytes(Vector v, std::uint8_t* to) {
#if HWY_ARCH_X86 && HWY_COMPILER_GCC && (HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL)
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm512_cvtusepi32_epi8(_mm512_cvtps_epi32(v.raw)));
#else
  const hn::Rebind<std::uint8_t, Floats> bytes;
  hn::StoreU(hn::DemoteTo(bytes, hn::NearestInt(hn::Min(v, hn::Set(Floats(), 255.0F)))), bytes, to);
#endif
}

// Where vector `block` of channels of row r lies among the words of MatrixTile::a, for bytes.
HWY_INLINE std::uint8_t* bytes_at(float* a, std::size_t a_block, std::size_t block, std::size_t row) {
  return reinterpret_cast<std::uint8_t*>(a + block / 4 * a_block + row * kLanes) + block % 4 * kLanes;
}

// Rows of channels-last pixels, `pitch` floats apart → the bytes that MatrixTile::a wants. `inverse`: of
// these channels' scales, readable to a whole number of vectors.
HWY_INLINE void gather_bytes(const float* x, std::size_t pitch, std::size_t channels, std::size_t rows,
                             float* a, std::size_t a_block, const float* inverse, float zero) {
  const Floats d;
  const Vector middle = hn::Set(d, zero);
  // Pixel by pixel: what is read lies far away, in this order, and what is written is near.
  for (std::size_t r = 0; r < rows; ++r, x += pitch) {
    for (std::size_t c = 0; c < channels; c += kLanes) {
      const Vector value = hn::Mul(load_some(x + c, channels - c), hn::LoadU(d, inverse + c));
      store_bytes(hn::Max(hn::Add(value, middle), hn::Zero(d)), bytes_at(a, a_block, c / kLanes, r));
    }
  }
}

// Rows of channels-last pixels, `pitch` floats apart → the blocks that MatrixTile::a wants.
HWY_INLINE void gather_rows(const float* x, std::size_t pitch, std::size_t channels, std::size_t rows,
                            float* a, std::size_t a_block,
                            ProductPrecision precision = ProductPrecision::kFloat32) {
  const Floats d;
  if (precision == ProductPrecision::kFloat32) {
    for (std::size_t r = 0; r < rows; ++r, x += pitch, a += kLanes)
      for (std::size_t c = 0; c < channels; c += kLanes)
        hn::StoreU(load_some(x + c, channels - c), d, a + c / kLanes * a_block);
    return;
  }
  if (kLanes == 1 && channels % 2 != 0)  // one channel alone is half a word
    for (std::size_t r = 0; r < rows; ++r) a[channels / 2 * a_block + r] = 0;
  const std::size_t blocks = ceil_div(channels, kLanes);
  for (std::size_t r = 0; r < rows; ++r, x += pitch) {
    for (std::size_t c = 0; c < channels; c += kLanes)
      store_brief(load_some(x + c, channels - c), brief_at(a, a_block, c / kLanes, r));
    if (kLanes == kTileEdge && blocks % 2 != 0)  // tile registers take whole blocks of words
      store_brief(hn::Zero(d), brief_at(a, a_block, blocks, r));
  }
}

}  // namespace framegen::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
