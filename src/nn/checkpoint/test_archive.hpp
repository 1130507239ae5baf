// test_archive.hpp: for tests: ZIP archives built byte by byte, with every lie that a directory can tell.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nn/checkpoint/byte_reader.hpp"

namespace framegen::checkpoint::test {

struct Part {
  std::string name = {}, data = {};
  std::uint16_t method = 0, flags = 0;
  std::string local_name = {};      // where it differs
  std::int64_t header_shift = 0;    // added to the place that the directory tells
  std::int64_t size_shift = 0;      // added to both sizes that it tells
  std::int64_t unpacked_shift = 0;  // added to the unpacked size alone
};

inline std::string little(std::uint64_t value, int width) {
  std::string text;
  for (int i = 0; i < width; ++i) text += i < 8 ? static_cast<char>(value >> (8 * i)) : char{0};
  return text;
}

inline std::string archive(const std::vector<Part>& parts, bool zip64 = false, std::uint64_t counted = 0) {
  std::string file, directory;
  for (const Part& part : parts) {
    const std::uint64_t place = file.size() + static_cast<std::uint64_t>(part.header_shift),
                        size = part.data.size() + static_cast<std::uint64_t>(part.size_shift),
                        unpacked = size + static_cast<std::uint64_t>(part.unpacked_shift);
    const std::string& local = part.local_name.empty() ? part.name : part.local_name;
    file += little(0x04034b50, 4) + std::string(22, '\0') + little(local.size(), 2) + little(3, 2) + local +
            "pad" + part.data;
    const std::string extra =
        zip64 ? little(1, 2) + little(24, 2) + little(unpacked, 8) + little(size, 8) + little(place, 8) : "";
    directory += little(0x02014b50, 4) + little(0, 4) + little(part.flags, 2) + little(part.method, 2) +
                 little(0, 8) + little(zip64 ? ~0ULL : size, 4) + little(zip64 ? ~0ULL : unpacked, 4) +
                 little(part.name.size(), 2) + little(extra.size(), 2) + little(0, 10) +
                 little(zip64 ? ~0ULL : place, 4) + part.name + extra;
  }
  const std::uint64_t begin = file.size(), entries = parts.size() + counted;
  file += directory;
  if (zip64) {
    const std::uint64_t end = file.size();
    file += little(0x06064b50, 4) + little(44, 8) + little(0, 4) + little(0, 8) + little(entries, 8) +
            little(entries, 8) + little(directory.size(), 8) + little(begin, 8);
    file += little(0x07064b50, 4) + little(0, 4) + little(end, 8) + little(1, 4);
  }
  return file + little(0x06054b50, 4) + little(0, 4) + little(entries, 2) + little(entries, 2) +
         little(directory.size(), 4) + little(begin, 4) + little(0, 2);
}

inline Bytes bytes(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace framegen::checkpoint::test
