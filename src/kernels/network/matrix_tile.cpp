// matrix_tile.cpp: the register tile of all matrix products, one instance per height, width and precision.
#include "kernels/network/product_precision.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/network/matrix_tile.cpp"
#include "kernels/highway_targets.hpp"
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on
#include <utility>

#if HWY_ARCH_X86 && HWY_COMPILER_GCC
#include <cpuid.h>
#endif

#include "kernels/instruction_set.hpp"
#include "kernels/network/matrix_products-inl.hpp"
#include "kernels/network/matrix_tile-inl.hpp"
#include "kernels/tile_registers.hpp"

#if HWY_ARCH_ARM_A64
#include "core/platform.hpp"

namespace framegen {
inline platform::ArmFeatures arm_has() {
  static const platform::ArmFeatures features = platform::arm_features();
  return features;
}
}  // namespace framegen
#endif

HWY_BEFORE_NAMESPACE();
namespace framegen::HWY_NAMESPACE {

// What is asked once for a tile is not asked again for each of its vectors: with few k the sums' ends cost as
// much as the products.
inline std::size_t left_of(std::size_t valid, std::size_t first) { return valid > first ? valid - first : 0; }
// Seldom called: not written out for every row. (The loops round them are: a sum that is found by a number
// that is not known when compiling has to lie in memory.)
HWY_NOINLINE Vector load_few(const float* p, std::size_t valid) { return load_some(p, valid); }
HWY_NOINLINE void store_few(Vector v, float* p, std::size_t valid) { store_some(v, p, valid); }

// What the sums of panel vector v begin with: the bias, or what is there already. (Rows are found by adding
// the pitch again and again: as products of a number of its own for each row they take more registers than
// there are.)
template <std::size_t kRows>
HWY_INLINE void begin_vector(const MatrixTile& t, std::size_t v, Vector (&start)[kRows]) {
  const Floats d;
  const std::size_t first = v * kLanes, valid = left_of(t.valid, first), pitch = t.c_pitch;
  const float* c = t.c + v * t.c_block;
  if (t.bias != nullptr) {
    const Vector bias = hn::LoadU(d, t.bias + first);
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r) start[r] = bias;
  } else if (HWY_LIKELY(valid >= kLanes)) {
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r, c += pitch) start[r] = hn::LoadU(d, c);
  } else {
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r, c += pitch) start[r] = load_few(c, valid);
  }
}

template <std::size_t kRows>
HWY_INLINE void add_addend(const AddendTile& addend, std::size_t v, Vector (&start)[kRows]) {
  const Floats d;
  const std::size_t first = v * kLanes, valid = left_of(addend.valid, first), pitch = addend.pitch;
  if (addend.floats != nullptr) {
    const float* from = addend.floats + first;
    if (HWY_LIKELY(valid >= kLanes)) {
#pragma GCC unroll 16
      for (std::size_t r = 0; r < kRows; ++r, from += pitch) start[r] = hn::Add(start[r], hn::LoadU(d, from));
    } else {
#pragma GCC unroll 16
      for (std::size_t r = 0; r < kRows; ++r, from += pitch)
        start[r] = hn::Add(start[r], load_few(from, valid));
    }
  } else if (addend.integers != nullptr) {
    const Vector scale = load_some(addend.scales + first, valid);
    const std::int16_t* from = addend.integers + first;
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r, from += pitch)
      start[r] = hn::MulAdd(load_some_integers(from, valid), scale, start[r]);
  }
}

// The low row enlarged across, added. kSecond: pixel 0 is the second of its pair.
template <bool kSecond, std::size_t kRows>
HWY_INLINE void add_enlarged(const BlendedRow& row, std::size_t v, Vector (&sum)[kRows]) {
  const Floats d;
  const float *columns = row.columns + v * row.block, *fractions = row.fractions;
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r) {
    const float* at = columns + (r + (kSecond ? 1 : 0)) / 2 * kLanes;
    const Vector left = hn::LoadU(d, at), step = hn::Sub(hn::LoadU(d, at + kLanes), left);
    sum[r] = hn::Add(hn::MulAdd(hn::Set(d, fractions[r]), step, left), sum[r]);
  }
}

template <std::size_t kRows>
HWY_INLINE void store_rows(const Vector (&sum)[kRows], float* c, std::size_t pitch, std::size_t valid) {
  if (HWY_LIKELY(valid >= kLanes)) {
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r, c += pitch) hn::StoreU(sum[r], Floats(), c);
  } else {
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r, c += pitch) store_few(sum[r], c, valid);
  }
}

template <std::size_t kRows>
HWY_INLINE void end_vector(const MatrixTile& t, std::size_t v, Vector (&sum)[kRows]) {
  const std::size_t valid = left_of(t.valid, v * kLanes);
  float* c = t.c + v * t.c_block;
  if (t.blended.columns != nullptr)
    t.blended.second ? add_enlarged<true>(t.blended, v, sum) : add_enlarged<false>(t.blended, v, sum);
  if (t.relu) {
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r) sum[r] = hn::Max(sum[r], hn::Zero(Floats()));
  }
  t.c_pitch == kLanes ? store_rows(sum, c, kLanes, valid) : store_rows(sum, c, t.c_pitch, valid);
}

// Rows of the panel that are asked for ahead: it may come from the L2 or further away.
inline constexpr std::size_t kPanelAhead = 16;

// Whole numbers → floats, and only then what is added to them.
template <std::size_t kRows>
HWY_INLINE void to_floats(const MatrixTile& t, std::size_t v, Vector (&sum)[kRows]) {
  const Floats d;
  const hn::RebindToSigned<Floats> di;
  const Vector factor = hn::LoadU(d, t.factors + v * kLanes);
  Vector start[kRows];
  begin_vector(t, v, start);
  add_addend(t.addend, v, start);
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r)
    sum[r] = hn::MulAdd(hn::ConvertTo(d, hn::BitCast(di, sum[r])), factor, start[r]);
}

template <std::size_t kRows, std::size_t kVectors>
HWY_INLINE void give_back(const Vector (&taken)[kVectors], Vector (&sum)[kVectors][kRows]) {
  const hn::RebindToSigned<Floats> di;
#pragma GCC unroll 16
  for (std::size_t v = 0; v < kVectors; ++v) {
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r)
      sum[v][r] = hn::BitCast(Floats(), hn::Add(hn::BitCast(di, sum[v][r]), hn::BitCast(di, taken[v])));
  }
}

template <std::size_t kRows, std::size_t kVectors, class Product>
void matrix_tile(const MatrixTile& t) {
  constexpr bool kIntegers = Product::kIntegers;
  constexpr bool kMadeUp = requires(Vector(&panel)[Product::kWords], Vector & taken) {
    Product::make_up(panel, taken);
  };
  Vector sum[kVectors][kRows], taken[kVectors];
  if constexpr (kMadeUp) {
    for (std::size_t v = 0; v < kVectors; ++v) taken[v] = hn::Zero(Floats());
  }
#pragma GCC unroll 16
  for (std::size_t v = 0; v < kVectors; ++v) {
    if constexpr (kIntegers) {
#pragma GCC unroll 16
      for (std::size_t r = 0; r < kRows; ++r) sum[v][r] = hn::Zero(Floats());
    } else {
      begin_vector(t, v, sum[v]);
      add_addend(t.addend, v, sum[v]);
    }
  }
  const float* HWY_RESTRICT b = t.b;
  const float* HWY_RESTRICT a = t.a;
  for (std::size_t left = t.k; left != 0;) {
    const std::size_t here = HWY_MIN(left, kLanes);
    for (std::size_t k = 0; k < here; ++k) {
      Vector panel[kVectors][Product::kWords];
#pragma GCC unroll 16
      for (std::size_t v = 0; v < kVectors; ++v) {
        Product::load(b + v * kLanes, panel[v]);
        if (kVectors == 2) hwy::Prefetch(b + v * kLanes + kPanelAhead * kVectors * kLanes);
        if constexpr (kMadeUp) Product::make_up(panel[v], taken[v]);
      }
#pragma GCC unroll 16
      for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 16
        for (std::size_t v = 0; v < kVectors; ++v) Product::add(a + r * kLanes + k, panel[v], sum[v][r]);
      }
      b += kVectors * kLanes;
    }
    a += t.a_block;
    left -= here;
  }
  if constexpr (kMadeUp) give_back<kRows, kVectors>(taken, sum);
#pragma GCC unroll 16
  for (std::size_t v = 0; v < kVectors; ++v) {
    if constexpr (kIntegers) to_floats(t, v, sum[v]);
    end_vector(t, v, sum[v]);
  }
}

#if FRAMEGEN_NATIVE_PRODUCTS == 3
// The words k and k + 1 of two pixels; one that is not there is zero.
HWY_INLINE Vector words_of_two(const float* first, const float* second, bool both) {
  if (HWY_LIKELY(both)) return Vector(vcombine_f32(vld1_f32(first), vld1_f32(second)));
  HWY_ALIGN const float words[4] = {*first, 0, *second, 0};
  return hn::Load(Floats(), words);
}

// Sums of pixels → squares of two pixels and two channels, and back: the same shuffle. A pixel without a
// partner is its own.
template <std::size_t kRows>
HWY_INLINE void to_squares(const Vector (&sum)[kRows], Vector (&square)[(kRows + 1) / 2][2]) {
  const Floats d;
#pragma GCC unroll 16
  for (std::size_t p = 0; p < (kRows + 1) / 2; ++p) {
    const Vector first = sum[2 * p], second = sum[HWY_MIN(2 * p + 1, kRows - 1)];
    square[p][0] = hn::ConcatLowerLower(d, second, first);
    square[p][1] = hn::ConcatUpperUpper(d, second, first);
  }
}
template <std::size_t kRows>
HWY_INLINE void from_squares(const Vector (&square)[(kRows + 1) / 2][2], Vector (&sum)[kRows]) {
  const Floats d;
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r)
    sum[r] = r % 2 == 0 ? hn::ConcatLowerLower(d, square[r / 2][1], square[r / 2][0])
                        : hn::ConcatUpperUpper(d, square[r / 2][1], square[r / 2][0]);
}

template <std::size_t kRows, std::size_t kVectors, class Square>
void matrix_squares(const MatrixTile& t) {
  constexpr std::size_t kPairs = (kRows + 1) / 2, kPanel = kVectors * kLanes;
  const Floats d;
  Vector square[kVectors][kPairs][2];
#pragma GCC unroll 16
  for (std::size_t v = 0; v < kVectors; ++v) {
    Vector start[kRows];
    if constexpr (Square::kIntegers) {
#pragma GCC unroll 16
      for (std::size_t r = 0; r < kRows; ++r) start[r] = hn::Zero(d);
    } else {
      begin_vector(t, v, start);
      add_addend(t.addend, v, start);
    }
    to_squares(start, square[v]);
  }
  const float* HWY_RESTRICT b = t.b;
  const float* HWY_RESTRICT a = t.a;
  for (std::size_t left = t.k; left != 0;) {
    const std::size_t here = HWY_MIN(left, kLanes);
    for (std::size_t k = 0; k < here; k += 2) {
      const bool both = k + 1 < here;
      Vector low[kVectors], high[kVectors];  // two channels each
#pragma GCC unroll 16
      for (std::size_t v = 0; v < kVectors; ++v) {
        const Vector one = hn::LoadU(d, b + v * kLanes);
        const Vector other = HWY_LIKELY(both) ? hn::LoadU(d, b + kPanel + v * kLanes) : hn::Zero(d);
        low[v] = hn::InterleaveLower(d, one, other), high[v] = hn::InterleaveUpper(d, one, other);
      }
#pragma GCC unroll 16
      for (std::size_t p = 0; p < kPairs; ++p) {
        const Vector pixels =
            words_of_two(a + 2 * p * kLanes + k, a + HWY_MIN(2 * p + 1, kRows - 1) * kLanes + k, both);
#pragma GCC unroll 16
        for (std::size_t v = 0; v < kVectors; ++v) {
          Square::add(pixels, low[v], square[v][p][0]);
          Square::add(pixels, high[v], square[v][p][1]);
        }
      }
      b += both ? 2 * kPanel : kPanel;
    }
    a += t.a_block;
    left -= here;
  }
#pragma GCC unroll 16
  for (std::size_t v = 0; v < kVectors; ++v) {
    Vector sum[kRows];
    from_squares(square[v], sum);
    if constexpr (Square::kIntegers) to_floats(t, v, sum);
    end_vector(t, v, sum);
  }
}
#endif

using MatrixTileFunction = void (*)(const MatrixTile&);
// The tile of one product: its greatest height, and the function for each.
template <class Product>
struct WordTile {
  static constexpr std::size_t kMost = kMaxRows;
  template <std::size_t kRows, std::size_t kVectors>
  static constexpr MatrixTileFunction kFunction = &matrix_tile<kRows, kVectors, Product>;
};
#if FRAMEGEN_NATIVE_PRODUCTS == 3
template <class Square>
struct SquareTile {
  static constexpr std::size_t kMost = 12;  // 24 squares, four vectors of channels, two pixels
  template <std::size_t kRows, std::size_t kVectors>
  static constexpr MatrixTileFunction kFunction = &matrix_squares<kRows, kVectors, Square>;
};
#endif

template <std::size_t kVectors, class Tile, std::size_t... kRow>
constexpr MatrixTileFunction matrix_tile_of(std::size_t rows, std::index_sequence<kRow...>) {
  constexpr MatrixTileFunction functions[] = {Tile::template kFunction<kRow + 1, kVectors>...};
  return functions[rows - 1];
}

HWY_INLINE void advance(MatrixTile& t, std::size_t rows) {
  t.a += rows * kLanes;
  t.c += rows * t.c_pitch;
  if (t.addend.floats != nullptr) t.addend.floats += rows * t.addend.pitch;
  if (t.addend.integers != nullptr) t.addend.integers += rows * t.addend.pitch;
  if (t.blended.columns != nullptr) t.blended.advance(rows);
}

template <class Tile>
HWY_INLINE void run_panel(MatrixTile& t, std::size_t vectors, std::size_t rows) {
  using Heights = std::make_index_sequence<Tile::kMost>;
  for (std::size_t tiles = ceil_div(rows, Tile::kMost); tiles != 0; --tiles) {
    const std::size_t here = ceil_div(rows, tiles);
    (vectors == 2 ? matrix_tile_of<2, Tile>(here, Heights()) : matrix_tile_of<1, Tile>(here, Heights()))(t);
    advance(t, here);
    rows -= here;
  }
}

#if FRAMEGEN_NATIVE_PRODUCTS == 1
// Sums that tile registers made → what the sums' ends make of them, kRows pixels on.
template <std::size_t kRows>
HWY_INLINE void end_rows(const MatrixTile& t, std::size_t v, const float* sums) {
  Vector sum[kRows];
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r) sum[r] = hn::Load(Floats(), sums + r * 2 * kTileEdge + v * kLanes);
  if (t.precision == ProductPrecision::kInt8) {
    to_floats(t, v, sum);
  } else {
    Vector start[kRows];
    begin_vector(t, v, start);
    add_addend(t.addend, v, start);
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r) sum[r] = hn::Add(sum[r], start[r]);
  }
  end_vector(t, v, sum);
}

template <std::size_t kRows>
HWY_NOINLINE void end_rows_of(MatrixTile& t, std::size_t vectors, const float* sums) {
  for (std::size_t v = 0; v < vectors; ++v) end_rows<kRows>(t, v, sums);
  advance(t, kRows);
}

HWY_INLINE void end_all_rows(MatrixTile& t, std::size_t vectors, const float* sums, std::size_t rows) {
  constexpr std::size_t kPitch = 2 * kTileEdge;
  for (; rows >= 16; rows -= 16, sums += 16 * kPitch) end_rows_of<16>(t, vectors, sums);
  for (; rows >= 4; rows -= 4, sums += 4 * kPitch) end_rows_of<4>(t, vectors, sums);
  for (; rows != 0; --rows, sums += kPitch) end_rows_of<1>(t, vectors, sums);
}

void run_tile_registers(MatrixTile& t, std::size_t vectors, std::size_t rows) {
  static_assert(kLanes == kTileEdge);
  HWY_ALIGN float sums[4 * kTileEdge * kTileEdge];
  TileProduct product{.bytes = t.precision == ProductPrecision::kInt8,
                      .a_block = t.a_block,
                      .b = t.b,
                      .vectors = vectors,
                      .blocks = t.k / kTileEdge};
  for (; rows != 0; rows -= product.rows) {
    product.a = t.a;
    product.rows = HWY_MIN(rows, 2 * kTileEdge);
    multiply_tiles(product, sums);
    end_all_rows(t, vectors, sums, product.rows);
  }
}
#endif

void matrix_panel(MatrixTile& t, std::size_t vectors, std::size_t rows) {
  if (t.precision == ProductPrecision::kFloat32) return run_panel<WordTile<FloatProduct>>(t, vectors, rows);
  const bool bytes = t.precision == ProductPrecision::kInt8;
#if FRAMEGEN_NATIVE_PRODUCTS == 1
  if (t.tile_registers) return run_tile_registers(t, vectors, rows);
#endif
#if FRAMEGEN_NATIVE_PRODUCTS
  static const bool native_bytes = product_precision_is_native(ProductPrecision::kInt8);
  [[maybe_unused]] static const bool native_brief = product_precision_is_native(ProductPrecision::kBFloat16);
#if FRAMEGEN_NATIVE_PRODUCTS == 3
  static const bool with_signs_alone = !arm_has().mixed_sign_products;
  if (bytes && native_bytes && with_signs_alone)
    return run_panel<WordTile<SignedByteProduct>>(t, vectors, rows);
  if (bytes && native_bytes) return run_panel<SquareTile<ByteSquare>>(t, vectors, rows);
  if (!bytes && native_brief) return run_panel<SquareTile<BriefSquare>>(t, vectors, rows);
#else
  if (bytes && native_bytes) return run_panel<WordTile<NativeByteProduct>>(t, vectors, rows);
#endif
#if FRAMEGEN_NATIVE_PRODUCTS == 1
  if (!bytes && native_brief) return run_panel<WordTile<NativeBriefProduct>>(t, vectors, rows);
#endif
#endif
  bytes ? run_panel<WordTile<ByteProduct>>(t, vectors, rows)
        : run_panel<WordTile<BriefProduct>>(t, vectors, rows);
}

}  // namespace framegen::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace framegen {

#if HWY_ARCH_X86 && HWY_COMPILER_GCC
// Asked of the processor itself: clang 14 knows no "avxvnni" in __builtin_cpu_supports.
inline bool has_avx_vnni() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a >> 4 & 1U) != 0;
}
#endif

bool product_precision_is_native(ProductPrecision precision) {
  if (precision == ProductPrecision::kFloat32) return true;
  [[maybe_unused]] const bool bytes = precision == ProductPrecision::kInt8;
#if HWY_ARCH_X86 && HWY_COMPILER_GCC
  if (vector_lanes() == 8) return bytes && has_avx_vnni();
  if (vector_lanes() != 16) return false;
  return bytes ? __builtin_cpu_supports("avx512vnni") : __builtin_cpu_supports("avx512bf16");
#elif HWY_ARCH_ARM_A64 && HWY_COMPILER_GCC
  if (std::string_view(instruction_set()) != "neon") return false;
  return bytes ? arm_has().byte_products : arm_has().brief_products;
#else
  return false;
#endif
}

}  // namespace framegen
#endif
