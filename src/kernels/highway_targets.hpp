// highway_targets.hpp: instruction sets that the network kernels leave out; included before any Highway
// header.
#pragma once

// Register tiles are arrays of vectors, which the scalable sets (SVE, RISC-V) do not allow: those machines
// run NEON. SSSE3 without SSE4 was last sold in 2008: such a machine runs the scalar code.
#ifndef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_SSSE3)
#endif
