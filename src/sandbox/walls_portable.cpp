// walls_portable.cpp: where the system has no walls of Linux's kind, or they were not asked for: limits
// alone.
#include "sandbox/limits.hpp"
#include "sandbox/walls.hpp"

namespace framegen::sandbox {

Walls walls_of_this_system() { return {}; }
void build_walls(const Limits& limits, int) { limit(limits); }
void end_with_parent() {}
std::string name_of_call(int number) { return "system call " + std::to_string(number); }

}  // namespace framegen::sandbox
