// platform.hpp: what only the operating system can tell or do; everything else in framegen is POSIX and the
// standard library.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

// Two bodies, of which CMake takes one: platform_linux.cpp, and platform_portable.cpp for every other system
// (macOS's own calls are in it), and for Linux too with -DFRAMEGEN_PORTABLE=ON. One test file is run against
// both.
namespace framegen::platform {

// The running program's file. Empty where the system does not tell.
std::filesystem::path own_program();

// A pipe, [0] to read from and [1] to write to, that programs started later do not inherit. False sets errno.
bool make_pipe(std::array<int, 2>& ends);

// A wish that this memory lie in large pages: where it is not granted, the memory is as good, only slower.
void wish_for_huge_pages(void* memory, std::size_t bytes);
// Memory that was freed and that the C library keeps goes back to the system, as far as it can be asked to.
void give_memory_back();
// From here on the C library keeps little of what is freed: for a program that runs for months while threads
// come and go. It holds for the whole process: a program's choice, not a library's. False: it cannot be
// asked.
bool keep_little_freed_memory();

// Resident memory of this process: now, and the most so far. Where the system does not tell the first, it is
// the second.
std::uint64_t resident_bytes();
// Address space of this process. 0: not told.
std::uint64_t mapped_bytes();
std::uint64_t peak_resident_bytes();

// Cores that this process may run on, at least 1. Memory that it may use; of that, what could be had now.
int allowed_cores();
std::uint64_t allowed_memory_bytes();
std::uint64_t available_memory_bytes();

// The processor's name, and how large pages are had ("transparent: madvise, 0 reserved"): "unknown" where not
// told.
std::string cpu_name();
std::string huge_pages();

// Data caches of the core that this runs on (the fast kind where there are two). 0: not told.
struct Caches {
  std::size_t l1_bytes = 0;
  std::size_t l2_bytes = 0;
};
Caches caches();

// Instructions of a 64-bit Arm beyond its first version; elsewhere none. An Apple M1 has the first alone.
struct ArmFeatures {
  bool byte_products = false;        // four products of bytes of one sign, summed (SDOT)
  bool mixed_sign_products = false;  // the same of bytes with and without a sign (USDOT, USMMLA)
  bool brief_products = false;       // products of bfloat16, summed (BFDOT, BFMMLA)
};
ArmFeatures arm_features();

// Tile registers of an x86 processor (Intel's AMX), which a process has to ask the system for: they make what
// is saved of a thread 8 KB larger. True: they are there, with products of bytes and of bfloat16, and every
// thread may use them from now on.
bool allow_tile_registers();

}  // namespace framegen::platform
