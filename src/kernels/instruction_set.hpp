// instruction_set.hpp: which vector instructions the kernels use, and how to make them use fewer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "framegen/result.hpp"

namespace framegen {

// "amx", "avx3", "avx2", "sse4", … "scalar": of the kernels that run from now on. AMX (tile_registers.hpp) is
// AVX-512 and, for products in lower precision, tile registers.
std::string instruction_set();
// All that this machine and this build have, best first.
std::vector<std::string> instruction_sets();
// For the whole process: nothing better than `name` (scalar, sse4, avx2, avx3, amx, neon; "" lifts the
// limit). Where the build has no plain scalar code, scalar means the weakest set it has. Not while kernels
// run. Errors: kBadUse.
Status use_at_most(std::string_view name);
// Whether products in lower precision may use tile registers.
bool uses_tile_registers();

}  // namespace framegen
