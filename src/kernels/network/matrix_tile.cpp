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
#include "kernels/network/matrix_tile-inl.hpp"

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

// What the sums of panel vector v begin with: the bias, or what is there already.
template <std::size_t kRows>
HWY_INLINE void begin_vector(const MatrixTile& t, std::size_t v, Vector (&start)[kRows]) {
  const Floats d;
  const std::size_t first = v * kLanes, valid = left_of(t.valid, first);
  const float* c = t.c + v * t.c_block;
  if (t.bias != nullptr) {
    const Vector bias = hn::LoadU(d, t.bias + first);
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r) start[r] = bias;
  } else if (HWY_LIKELY(valid >= kLanes)) {
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r) start[r] = hn::LoadU(d, c + r * t.c_pitch);
  } else {
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r) start[r] = load_few(c + r * t.c_pitch, valid);
  }
}

template <std::size_t kRows>
HWY_INLINE void add_addend(const AddendTile& addend, std::size_t v, Vector (&start)[kRows]) {
  const Floats d;
  const std::size_t first = v * kLanes, valid = left_of(addend.valid, first);
  if (addend.floats != nullptr && HWY_LIKELY(valid >= kLanes)) {
    const float* from = addend.floats + first;
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r)
      start[r] = hn::Add(start[r], hn::LoadU(d, from + r * addend.pitch));
  } else if (addend.floats != nullptr) {
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r)
      start[r] = hn::Add(start[r], load_few(addend.floats + r * addend.pitch + first, valid));
  } else if (addend.integers != nullptr) {
    const Vector scale = load_some(addend.scales + first, valid);
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r)
      start[r] =
          hn::MulAdd(load_some_integers(addend.integers + r * addend.pitch + first, valid), scale, start[r]);
  }
}

// The low row enlarged across, added. kSecond: pixel 0 is the second of its pair.
template <bool kSecond, std::size_t kRows>
HWY_INLINE void add_enlarged(const BlendedRow& row, std::size_t v, Vector (&sum)[kRows]) {
  const Floats d;
  const float* columns = row.columns + v * row.block;
#pragma GCC unroll 16
  for (std::size_t r = 0; r < kRows; ++r) {
    const float* at = columns + (r + (kSecond ? 1 : 0)) / 2 * kLanes;
    const Vector left = hn::LoadU(d, at), step = hn::Sub(hn::LoadU(d, at + kLanes), left);
    sum[r] = hn::Add(hn::MulAdd(hn::Set(d, row.fractions[r]), step, left), sum[r]);
  }
}

template <std::size_t kRows>
HWY_INLINE void end_vector(const MatrixTile& t, std::size_t v, Vector (&sum)[kRows]) {
  const Floats d;
  const std::size_t valid = left_of(t.valid, v * kLanes);
  float* c = t.c + v * t.c_block;
  if (t.blended.columns != nullptr)
    t.blended.second ? add_enlarged<true>(t.blended, v, sum) : add_enlarged<false>(t.blended, v, sum);
  if (t.relu) {
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r) sum[r] = hn::Max(sum[r], hn::Zero(d));
  }
  if (HWY_LIKELY(valid >= kLanes)) {
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r) hn::StoreU(sum[r], d, c + r * t.c_pitch);
  } else {
#pragma GCC unroll 16
    for (std::size_t r = 0; r < kRows; ++r) store_few(sum[r], c + r * t.c_pitch, valid);
  }
}

// Rows of the panel that are asked for ahead: it may come from the L2 or further away.
inline constexpr std::size_t kPanelAhead = 16;

// How a word of a pixel and a vector of words of the panel become a product: kVectors of them for each pixel.
template <bool kIntegerSums>
struct WordProduct {
  static constexpr bool kIntegers = kIntegerSums;
  static constexpr std::size_t kWords = 1;  // registers that one vector of the panel takes
  static HWY_INLINE void load(const float* b, Vector (&panel)[1]) { panel[0] = hn::LoadU(Floats(), b); }
};

struct FloatProduct : WordProduct<false> {
  static HWY_INLINE void add(const float* a, const Vector (&panel)[1], Vector& sum) {
    sum = hn::MulAdd(hn::Set(Floats(), *a), panel[0], sum);
  }
};

// Two 16-bit floats in each word, where no instruction takes them: as two floats.
struct BriefProduct {
  static constexpr bool kIntegers = false;
  static constexpr std::size_t kWords = 2;
  static HWY_INLINE Vector even(Vector words) {
    const hn::RebindToUnsigned<Floats> du;
    return hn::BitCast(Floats(), hn::ShiftLeft<16>(hn::BitCast(du, words)));
  }
  static HWY_INLINE Vector odd(Vector words) {
    const hn::RebindToUnsigned<Floats> du;
    return hn::BitCast(Floats(), hn::And(hn::BitCast(du, words), hn::Set(du, 0xFFFF0000U)));
  }
  static HWY_INLINE void load(const float* b, Vector (&panel)[2]) {
    const Vector words = hn::LoadU(Floats(), b);
    panel[0] = even(words), panel[1] = odd(words);
  }
  static HWY_INLINE void add(const float* a, const Vector (&panel)[2], Vector& sum) {
    const Vector words = hn::Set(Floats(), *a);
    sum = hn::MulAdd(odd(words), panel[1], hn::MulAdd(even(words), panel[0], sum));
  }
};

// Four bytes in each word, those of the panel with a sign, where no instruction takes them: one after the
// other.
struct ByteProduct {
  static constexpr bool kIntegers = true;
  static constexpr std::size_t kWords = 4;
  using Integers = hn::RebindToSigned<Floats>;
  static HWY_INLINE void load(const float* b, Vector (&panel)[4]) {
    const auto words = hn::BitCast(Integers(), hn::LoadU(Floats(), b));
    panel[0] = hn::BitCast(Floats(), hn::ShiftRight<24>(hn::ShiftLeft<24>(words)));
    panel[1] = hn::BitCast(Floats(), hn::ShiftRight<24>(hn::ShiftLeft<16>(words)));
    panel[2] = hn::BitCast(Floats(), hn::ShiftRight<24>(hn::ShiftLeft<8>(words)));
    panel[3] = hn::BitCast(Floats(), hn::ShiftRight<24>(words));
  }
  static HWY_INLINE void add(const float* a, const Vector (&panel)[4], Vector& sum) {
    const Integers d;
    std::uint32_t word = 0;
    std::memcpy(&word, a, sizeof word);
    auto total = hn::BitCast(d, sum);
    for (std::size_t i = 0; i < 4; ++i) {
      const auto byte = hn::Set(d, static_cast<std::int32_t>(word >> (8 * i) & 0xFFU));
      total = hn::Add(total, hn::Mul(byte, hn::BitCast(d, panel[i])));
    }
    sum = hn::BitCast(Floats(), total);
  }
};

#undef FRAMEGEN_NATIVE_PRODUCTS
#if HWY_ARCH_X86 && HWY_COMPILER_GCC && (HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL)
#define FRAMEGEN_NATIVE_PRODUCTS 1  // the vectors' kind: 512 bits, 256 bits, NEON
// AVX512_BF16, which Highway 1.0.3 does not know: both products of a word in one instruction.
struct NativeBriefProduct : WordProduct<false> {
  static HWY_INLINE void add(const float* a, const Vector (&panel)[1], Vector& sum) {
    asm("vdpbf16ps %2%{1to16%}, %1, %0" : "+v"(sum.raw) : "v"(panel[0].raw), "m"(*a));
  }
};
// AVX512_VNNI: four products of bytes in one instruction.
struct NativeByteProduct : WordProduct<true> {
  static HWY_INLINE void add(const float* a, const Vector (&panel)[1], Vector& sum) {
    const Vector bytes = hn::Set(Floats(), *a);
    asm("vpdpbusd %2, %1, %0" : "+v"(sum.raw) : "v"(bytes.raw), "v"(panel[0].raw));
  }
};
#elif HWY_ARCH_X86 && HWY_COMPILER_GCC && HWY_TARGET == HWY_AVX2
#define FRAMEGEN_NATIVE_PRODUCTS 2
// AVX-VNNI: the same on 256 bits, for machines without AVX-512.
struct NativeByteProduct : WordProduct<true> {
  static HWY_INLINE void add(const float* a, const Vector (&panel)[1], Vector& sum) {
    const Vector bytes = hn::Set(Floats(), *a);
    asm("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum.raw) : "x"(bytes.raw), "x"(panel[0].raw));
  }
};
#elif HWY_COMPILER_GCC && HWY_TARGET == HWY_NEON
#define FRAMEGEN_NATIVE_PRODUCTS 3
// Arm's FEAT_I8MM: bytes without a sign times bytes with one.
struct NativeByteProduct : WordProduct<true> {
  static HWY_INLINE void add(const float* a, const Vector (&panel)[1], Vector& sum) {
    const Vector bytes = hn::Set(Floats(), *a);
    asm(".arch armv8.2-a+crypto+i8mm\n\tusdot %0.4s, %1.16b, %2.16b"
        : "+w"(sum.raw)
        : "w"(bytes.raw), "w"(panel[0].raw));
  }
};
// The older FEAT_DotProd wants a sign on both sides: a pixel's bytes are taken 128 lower, and what that takes
// from a sum, 128 times the panel's bytes, is the same for all pixels.
struct SignedByteProduct : WordProduct<true> {
  static HWY_INLINE Vector splat(std::uint32_t word) {
    return hn::BitCast(Floats(), hn::Set(hn::RebindToUnsigned<Floats>(), word));
  }
  static HWY_INLINE void multiply(Vector bytes, Vector panel, Vector& sum) {
    asm(".arch armv8.2-a+crypto+dotprod\n\tsdot %0.4s, %1.16b, %2.16b"
        : "+w"(sum.raw)
        : "w"(bytes.raw), "w"(panel.raw));
  }
  static HWY_INLINE void add(const float* a, const Vector (&panel)[1], Vector& sum) {
    multiply(hn::Xor(hn::Set(Floats(), *a), splat(0x80808080U)), panel[0], sum);
  }
  static HWY_INLINE void make_up(const Vector (&panel)[1], Vector& taken) {
    for (int half = 0; half < 2; ++half) multiply(splat(0x40404040U), panel[0], taken);
  }
};
#else
#define FRAMEGEN_NATIVE_PRODUCTS 0
#endif

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

using MatrixTileFunction = void (*)(const MatrixTile&);
template <std::size_t kVectors, class Product, std::size_t... kRow>
constexpr MatrixTileFunction matrix_tile_of(std::size_t rows, std::index_sequence<kRow...>) {
  constexpr MatrixTileFunction functions[] = {&matrix_tile<kRow + 1, kVectors, Product>...};
  return functions[rows - 1];
}

template <class Product>
HWY_INLINE void run_panel(MatrixTile& t, std::size_t vectors, std::size_t rows) {
  using Heights = std::make_index_sequence<kMaxRows>;
  for (std::size_t tiles = ceil_div(rows, kMaxRows); tiles != 0; --tiles) {
    const std::size_t here = ceil_div(rows, tiles);
    (vectors == 2 ? matrix_tile_of<2, Product>(here, Heights())
                  : matrix_tile_of<1, Product>(here, Heights()))(t);
    t.a += here * kLanes;
    t.c += here * t.c_pitch;
    if (t.addend.floats != nullptr) t.addend.floats += here * t.addend.pitch;
    if (t.addend.integers != nullptr) t.addend.integers += here * t.addend.pitch;
    if (t.blended.columns != nullptr) t.blended.advance(here);
    rows -= here;
  }
}

void matrix_panel(MatrixTile& t, std::size_t vectors, std::size_t rows) {
  if (t.precision == ProductPrecision::kFloat32) return run_panel<FloatProduct>(t, vectors, rows);
  const bool bytes = t.precision == ProductPrecision::kInt8;
#if FRAMEGEN_NATIVE_PRODUCTS
  static const bool native_bytes = product_precision_is_native(ProductPrecision::kInt8);
#if FRAMEGEN_NATIVE_PRODUCTS == 1
  static const bool native_brief = product_precision_is_native(ProductPrecision::kBFloat16);
  if (!bytes && native_brief) return run_panel<NativeBriefProduct>(t, vectors, rows);
#elif FRAMEGEN_NATIVE_PRODUCTS == 3
  static const bool with_signs_alone = !arm_has().mixed_sign_products;
  if (bytes && native_bytes && with_signs_alone) return run_panel<SignedByteProduct>(t, vectors, rows);
#endif
  if (bytes && native_bytes) return run_panel<NativeByteProduct>(t, vectors, rows);
#endif
  bytes ? run_panel<ByteProduct>(t, vectors, rows) : run_panel<BriefProduct>(t, vectors, rows);
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
  return bytes && std::string_view(instruction_set()) == "neon" && arm_has().byte_products;
#else
  return false;
#endif
}

}  // namespace framegen
#endif
