// npy_fuzz.cpp: any bytes as a .npy file: as many bytes as the shape says, or refused in words.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "core/npy.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto array = framegen::parse_npy({data, size}, "fuzz");
  if (!array) {
    if (array.error().what.empty()) std::abort();
    return 0;
  }
  if (array->bytes.size() > size) std::abort();
  const auto floats = framegen::npy_values<float>(*array);
  if (floats && floats->size() != framegen::element_count(array->shape)) std::abort();
  return 0;
}
