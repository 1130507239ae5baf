// matrix_products-inl.hpp: how words of pixels and of a panel become sums, by what the processor has for it.
// Included by matrix_tile.cpp once per instruction set.
#if defined(FRAMEGEN_KERNELS_MATRIX_PRODUCTS_INL_HPP_) == defined(HWY_TARGET_TOGGLE)
#ifdef FRAMEGEN_KERNELS_MATRIX_PRODUCTS_INL_HPP_
#undef FRAMEGEN_KERNELS_MATRIX_PRODUCTS_INL_HPP_
#else
#define FRAMEGEN_KERNELS_MATRIX_PRODUCTS_INL_HPP_
#endif

#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/network/matrix_tile-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace framegen::HWY_NAMESPACE {

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
// Arm's matrix instructions: two words of two pixels times two words of two channels, a square of four sums.
// FEAT_I8MM: bytes without a sign times bytes with one.
struct ByteSquare {
  static constexpr bool kIntegers = true;
  static HWY_INLINE void add(Vector pixels, Vector channels, Vector& square) {
    asm(".arch armv8.2-a+crypto+i8mm\n\tusmmla %0.4s, %1.16b, %2.16b"
        : "+w"(square.raw)
        : "w"(pixels.raw), "w"(channels.raw));
  }
};
// FEAT_BF16.
struct BriefSquare {
  static constexpr bool kIntegers = false;
  static HWY_INLINE void add(Vector pixels, Vector channels, Vector& square) {
    asm(".arch armv8.2-a+crypto+bf16\n\tbfmmla %0.4s, %1.8h, %2.8h"
        : "+w"(square.raw)
        : "w"(pixels.raw), "w"(channels.raw));
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

}  // namespace framegen::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
