// max_pool.cpp: the largest of each window, one vector of channels at a time.
#include "kernels/network/max_pool.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/network/max_pool.cpp"
#include "kernels/highway_targets.hpp"
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace framegen::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class D>
HWY_INLINE void largest(D d, const PoolShape& shape, const float* window, float* y) {
  auto most = hn::LoadU(d, window);
  for (std::size_t ky = 0; ky < shape.kernel_height; ++ky)
    for (std::size_t kx = 0; kx < shape.kernel_width; ++kx)
      most = hn::Max(most, hn::LoadU(d, window + (ky * shape.width + kx) * shape.channels));
  hn::StoreU(most, d, y);
}

void max_pool(const PoolShape& shape, const float* x, RowRange rows, float* y) {
  const hn::ScalableTag<float> all;
  const std::size_t columns = shape.out_width(), lanes = hn::Lanes(all);
  for (std::size_t row = rows.begin; row < rows.end; ++row)
    for (std::size_t column = 0; column < columns; ++column) {
      const float* window =
          x + (row * shape.stride_y * shape.width + column * shape.stride_x) * shape.channels;
      float* out = y + (row * columns + column) * shape.channels;
      std::size_t c = 0;
      for (; c + lanes <= shape.channels; c += lanes) largest(all, shape, window + c, out + c);
      for (; c < shape.channels; ++c) largest(hn::CappedTag<float, 1>(), shape, window + c, out + c);
    }
}

}  // namespace framegen::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace framegen {

HWY_EXPORT(max_pool);
void max_pool(const PoolShape& shape, const float* x, RowRange rows, float* y) {
  HWY_DYNAMIC_DISPATCH(max_pool)(shape, x, rows, y);
}

}  // namespace framegen
#endif
