// peak_flops.hpp: what the core can do at best, measured in the same run as what is compared with it.
#pragma once

namespace framegen {

// Floating-point operations a second of one core, with the instruction set in use: multiply-adds in registers
// only. The best of several short measurements, a few hundredths of a second in all.
double peak_flops();

}  // namespace framegen
