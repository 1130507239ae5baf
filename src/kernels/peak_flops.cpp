// peak_flops.cpp: multiply-adds in registers only, as many independent sums as hide their latency.
#include "kernels/peak_flops.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/peak_flops.cpp"
#include "kernels/highway_targets.hpp"
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace framegen::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Returns the operations done; `sink` keeps the compiler from leaving them out.
double multiply_adds(std::size_t rounds, float* sink) {
  const hn::ScalableTag<float> d;
  const auto factor = hn::Set(d, 0.5F), one = hn::Set(d, 1.0F);
  // Different beginnings, lest the compiler find that one sum does for all.
  auto a = hn::Set(d, 1.0F), b = hn::Set(d, 1.1F), c = hn::Set(d, 1.2F), e = hn::Set(d, 1.3F),
       f = hn::Set(d, 1.4F);
  auto g = hn::Set(d, 1.5F), h = hn::Set(d, 1.6F), i = hn::Set(d, 1.7F), j = hn::Set(d, 1.8F),
       k = hn::Set(d, 1.9F);
  for (std::size_t r = 0; r < rounds; ++r) {
    a = hn::MulAdd(a, factor, one), b = hn::MulAdd(b, factor, one), c = hn::MulAdd(c, factor, one);
    e = hn::MulAdd(e, factor, one), f = hn::MulAdd(f, factor, one), g = hn::MulAdd(g, factor, one);
    h = hn::MulAdd(h, factor, one), i = hn::MulAdd(i, factor, one), j = hn::MulAdd(j, factor, one);
    k = hn::MulAdd(k, factor, one);
  }
  const auto sum = hn::Add(hn::Add(hn::Add(a, b), hn::Add(c, e)), hn::Add(hn::Add(f, g), hn::Add(h, i)));
  *sink += hn::GetLane(hn::Add(sum, hn::Add(j, k)));
  return static_cast<double>(rounds) * 10.0 * 2.0 * static_cast<double>(hn::Lanes(d));
}

}  // namespace framegen::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace framegen {
HWY_EXPORT(multiply_adds);

double peak_flops() {
  double best = 0;
  float sink = 0;
  for (int i = 0; i < 20; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const double operations = HWY_DYNAMIC_DISPATCH(multiply_adds)(200000, &sink);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    best = std::max(best, operations / seconds.count());
  }
  volatile float kept = sink;  // or the compiler leaves the work out
  static_cast<void>(kept);
  return best;
}

}  // namespace framegen
#endif
