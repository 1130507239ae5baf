// test_files.hpp: folders and pictures made on the spot, for tests.
#pragma once

#include <gtest/gtest.h>
#include <png.h>
#include <turbojpeg.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/files.hpp"
#include "core/image.hpp"
#include "support/random.hpp"

namespace framegen::test {

// A folder of its own, gone with the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    static std::atomic<int> serial{0};
    path_ = std::filesystem::temp_directory_path() /
            ("framegen-avatar-" + std::to_string(::getpid()) + "-" + std::to_string(serial++));
    std::filesystem::create_directories(path_);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline void put(const std::filesystem::path& file, std::string_view text) {
  std::filesystem::create_directories(file.parent_path());
  const Status written = write_file(file, text);
  EXPECT_TRUE(written) << written.error().message();
}

inline void put(const std::filesystem::path& file, const std::vector<std::uint8_t>& bytes) {
  put(file, std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

// Names of all files below a folder, sorted.
inline std::vector<std::string> files_below(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (!entry.is_directory()) names.push_back(entry.path().lexically_relative(folder).string());
  std::sort(names.begin(), names.end());
  return names;
}

inline Image noise(int width, int height, std::uint64_t seed) {
  Image image(width, height);
  const auto bytes = random_bytes(image.bytes(), seed);
  std::copy(bytes.begin(), bytes.end(), image.data());
  return image;
}

inline std::vector<std::uint8_t> jpeg_of(const Image& image) {
  const tjhandle handle = tjInitCompress();
  unsigned char* data = nullptr;
  unsigned long size = 0;
  EXPECT_EQ(tjCompress2(handle, image.data(), image.width(), 0, image.height(), TJPF_BGR, &data, &size,
                        TJSAMP_420, 90, TJFLAG_ACCURATEDCT),
            0);
  std::vector<std::uint8_t> bytes(data, data + size);
  tjFree(data);
  tjDestroy(handle);
  return bytes;
}

inline std::vector<std::uint8_t> png_of(const Image& image) {
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  header.width = static_cast<png_uint_32>(image.width());
  header.height = static_cast<png_uint_32>(image.height());
  header.format = PNG_FORMAT_BGR;
  png_alloc_size_t size = 0;
  EXPECT_NE(png_image_write_to_memory(&header, nullptr, &size, 0, image.data(), 0, nullptr), 0);
  std::vector<std::uint8_t> bytes(size);
  EXPECT_NE(png_image_write_to_memory(&header, bytes.data(), &size, 0, image.data(), 0, nullptr), 0);
  bytes.resize(size);
  return bytes;
}

}  // namespace framegen::test
