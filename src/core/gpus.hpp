// gpus.hpp: the graphics processors that this machine has, whether or not anything can compute on them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace framegen {

struct Gpu {
  std::string vendor;     // "NVIDIA", "AMD", "Intel"
  std::string pci_id;     // "10de:2331"
  std::string driver;     // "nvidia"; empty: none is bound to it
  bool computes = false;  // a device node that programs may open is there (/dev/nvidia…, /dev/dri/renderD…)
};

// From Linux's list of PCI devices; empty on other systems. Cards that only draw (of servers, of virtual
// machines) are left out. `root` is "/" but in tests.
std::vector<Gpu> find_gpus(const std::filesystem::path& root = "/");

// "NVIDIA 10de:2331, driver nvidia".
std::string describe(const Gpu& gpu);

}  // namespace framegen
