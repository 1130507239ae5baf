// machine.cpp: the system's and the platform's figures, put together.
#include "core/machine.hpp"

#include <sys/utsname.h>

#include "core/platform.hpp"

namespace framegen {

int usable_cores() { return platform::allowed_cores(); }
std::uint64_t memory_bytes() { return platform::allowed_memory_bytes(); }
std::uint64_t usual_memory_budget() { return memory_bytes() / 4; }
std::uint64_t peak_memory_bytes() { return platform::peak_resident_bytes(); }

Machine describe_machine() {
  utsname system{};
  ::uname(&system);
  return {platform::cpu_name(),  system.machine, std::string(system.sysname) + " " + system.release,
          usable_cores(),        memory_bytes(), platform::available_memory_bytes(),
          platform::huge_pages()};
}

}  // namespace framegen
