// gpus_test.cpp: graphics processors as Linux lists them, in a folder that looks like its root.
#include "core/gpus.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "support/program.hpp"

namespace framegen {
namespace {

namespace fs = std::filesystem;

class Gpus : public ::testing::Test {
 protected:
  fs::path root() const { return folder_.path(); }

  // A device of the PCI bus, bound to `driver` where that has a name.
  fs::path add(const std::string& address, const std::string& kind, const std::string& vendor,
               const std::string& model, const std::string& driver) {
    const fs::path device = root() / "sys/bus/pci/devices" / address;
    fs::create_directories(device);
    std::ofstream(device / "class") << kind << "\n";
    std::ofstream(device / "vendor") << vendor << "\n";
    std::ofstream(device / "device") << model << "\n";
    if (!driver.empty()) fs::create_symlink("../../../bus/pci/drivers/" + driver, device / "driver");
    return device;
  }

  test::TemporaryFolder folder_;
};

TEST_F(Gpus, AMachineWithoutAListHasNone) { EXPECT_TRUE(find_gpus(root()).empty()); }

TEST_F(Gpus, CardsThatComputeAreToldFromThoseThatOnlyDraw) {
  add("0000:00:01.0", "0x030000", "0x1234", "0x1111", "bochs-drm");  // a virtual machine's screen
  add("0000:00:02.0", "0x020000", "0x8086", "0x1533", "igb");        // a network card of a maker of GPUs
  add("0000:01:00.0", "0x030200", "0x10de", "0x2331", "nvidia");
  const auto found = find_gpus(root());
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(describe(found[0]), "NVIDIA 10de:2331, driver nvidia");
}

TEST_F(Gpus, ADeviceNodeSaysThatItCanCompute) {
  const fs::path amd = add("0000:03:00.0", "0x030000", "0x1002", "0x744c", "amdgpu");
  add("0000:04:00.0", "0x030200", "0x10de", "0x2331", "nvidia");
  auto found = find_gpus(root());
  ASSERT_EQ(found.size(), 2u);
  EXPECT_FALSE(found[0].computes);
  EXPECT_FALSE(found[1].computes);
  fs::create_directories(amd / "drm/renderD128");
  fs::create_directories(root() / "dev");
  std::ofstream(root() / "dev/nvidia0") << "";
  found = find_gpus(root());
  EXPECT_TRUE(found[0].computes);
  EXPECT_TRUE(found[1].computes);
}

TEST_F(Gpus, ACardWithoutADriverSaysSo) {
  add("0000:04:00.0", "0x030200", "0x10de", "0x2331", "");
  const auto found = find_gpus(root());
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(describe(found[0]), "NVIDIA 10de:2331, no driver");
}

}  // namespace
}  // namespace framegen
