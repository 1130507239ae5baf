// instruction_set.hpp: which vector instructions the kernels use, and how to make them use fewer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "framegen/result.hpp"

namespace framegen {

// "avx3", "avx2", "sse4", … "scalar": of the kernels that run from now on.
std::string instruction_set();
// All that this machine and this build have, best first.
std::vector<std::string> instruction_sets();
// For the whole process: nothing better than `name` (scalar, sse4, avx2, avx3, neon; "" lifts the limit).
// Where the build has no plain scalar code, scalar means the weakest set it has. Not while kernels run.
// Errors: kBadUse.
Status use_at_most(std::string_view name);

}  // namespace framegen
