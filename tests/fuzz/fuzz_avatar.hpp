// fuzz_avatar.hpp: the smallest presenter that there is, for fuzzers of the public API: 96 pixels of face, a
// generator of some kilobytes, three template frames.
#pragma once

#include "framegen/framegen.hpp"

namespace framegen::fuzz {

// Opened at the first call, from tests/golden/families, by an engine of two threads.
const std::shared_ptr<const Avatar>& avatar();

}  // namespace framegen::fuzz
