// gpus.cpp: https://docs.kernel.org/PCI/sysfs-pci.html
#include "core/gpus.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>
#include <system_error>

namespace framegen {
namespace {

namespace fs = std::filesystem;

// https://pcisig.com/membership/member-companies
struct Vendor {
  std::string_view id, name;
};
constexpr std::array<Vendor, 3> kVendors{{{"0x10de", "NVIDIA"}, {"0x1002", "AMD"}, {"0x8086", "Intel"}}};
constexpr std::string_view kDisplay = "0x03";  // a PCI class: VGA, 3D and other controllers of displays

std::string first_word(const fs::path& file) {
  std::ifstream in(file);
  std::string word;
  in >> word;
  return word;
}

bool any_in(const fs::path& folder, std::string_view beginning) {
  std::error_code failed;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed))
    if (entry->path().filename().string().starts_with(beginning)) return true;
  return false;
}

// NVIDIA's own driver has nodes of its own; all others are reached through the kernel's.
bool can_compute(const fs::path& root, const fs::path& device, const std::string& driver) {
  if (driver == "nvidia") return any_in(root / "dev", "nvidia0");
  return any_in(device / "drm", "renderD");
}

}  // namespace

std::vector<Gpu> find_gpus(const fs::path& root) {
  std::vector<Gpu> found;
  std::vector<fs::path> devices;
  std::error_code failed;
  for (fs::directory_iterator entry(root / "sys/bus/pci/devices", failed), end; !failed && entry != end;
       entry.increment(failed))
    devices.push_back(entry->path());
  std::ranges::sort(devices);
  for (const fs::path& device : devices) {
    if (!first_word(device / "class").starts_with(kDisplay)) continue;
    const std::string vendor = first_word(device / "vendor"), model = first_word(device / "device");
    const auto known = std::ranges::find(kVendors, std::string_view(vendor), &Vendor::id);
    if (known == kVendors.end() || model.size() < 3) continue;
    const std::string driver = fs::read_symlink(device / "driver", failed).filename().string();
    found.push_back({std::string(known->name), vendor.substr(2) + ":" + model.substr(2), driver,
                     can_compute(root, device, driver)});
  }
  return found;
}

std::string describe(const Gpu& gpu) {
  return gpu.vendor + " " + gpu.pci_id + ", " + (gpu.driver.empty() ? "no driver" : "driver " + gpu.driver);
}

}  // namespace framegen
