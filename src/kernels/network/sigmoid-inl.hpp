// sigmoid-inl.hpp: 1/(1+e^−x) for one vector. Included by kernels once per instruction set.
#if defined(FRAMEGEN_KERNELS_SIGMOID_INL_HPP_) == defined(HWY_TARGET_TOGGLE)
#ifdef FRAMEGEN_KERNELS_SIGMOID_INL_HPP_
#undef FRAMEGEN_KERNELS_SIGMOID_INL_HPP_
#else
#define FRAMEGEN_KERNELS_SIGMOID_INL_HPP_
#endif

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace framegen::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class D>
HWY_INLINE hn::Vec<D> sigmoid_of(D d, hn::Vec<D> x) {
  // Beyond ±87 the exponential leaves the normal numbers; the sigmoid is 0 or 1 there to float precision.
  const auto inside = hn::Max(hn::Set(d, -87.0F), hn::Min(x, hn::Set(d, 87.0F)));
  const auto one = hn::Set(d, 1.0F);
  return hn::Div(one, hn::Add(one, hn::Exp(d, hn::Neg(inside))));
}

}  // namespace framegen::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
