// npy.hpp: NumPy's .npy files (format 1.0 and 2.0, little-endian, C order), read and written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/tensor.hpp"
#include "framegen/result.hpp"

namespace framegen {

struct NpyArray {
  std::string type;  // NumPy's descr without byte order: "f4", "f8", "i4", "u1", …
  Shape shape;
  std::vector<std::uint8_t> bytes;  // element_count(shape) elements
};

// Errors: kBadInput (missing, not .npy, Fortran order, big-endian, shorter than its header says).
Result<NpyArray> parse_npy(std::span<const std::uint8_t> file, const std::string& name);
Result<NpyArray> read_npy(const std::filesystem::path& path);
// The elements as T; T must be the array's own type ("f4" float, "f8" double, "i4" int32_t, "u1" uint8_t) or
// kBadInput.
template <class T>
Result<std::vector<T>> npy_values(const NpyArray& array);

// Errors: kBadOutput.
Status write_npy(const std::filesystem::path& path, std::span<const std::int64_t> shape,
                 std::span<const float> values);
Status write_npy(const std::filesystem::path& path, std::span<const std::int64_t> shape,
                 std::span<const std::uint8_t> values);

}  // namespace framegen
