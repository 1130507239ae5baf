// cache_sizes.cpp: asks the operating system.
#include "kernels/cache_sizes.hpp"

#include "core/platform.hpp"

namespace framegen {

const CacheSizes& cache_sizes() {
  static const CacheSizes sizes = [] {
    CacheSizes known;
    const auto [l1, l2] = platform::caches();
    if (l1 > 0) known.l1_bytes = l1;
    if (l2 > 0) known.l2_bytes = l2;
    return known;
  }();
  return sizes;
}

}  // namespace framegen
