// limits.hpp: what POSIX itself can bound.
#pragma once

#include "sandbox/walls.hpp"

namespace framegen::sandbox {

// Memory, processor time; no file grows, none is opened, no core file is left.
void limit(const Limits& limits);

}  // namespace framegen::sandbox
