// cache_sizes.hpp: how much a core keeps close, from which tile sizes follow.
#pragma once

#include <cstddef>

namespace framegen {

struct CacheSizes {
  std::size_t l1_bytes = std::size_t{32} << 10;
  std::size_t l2_bytes = std::size_t{512} << 10;
};
// The machine's own where the system tells them, else the defaults above. Asked once.
const CacheSizes& cache_sizes();

}  // namespace framegen
