// tensor.cpp: shapes as numbers and as words.
#include "core/tensor.hpp"

namespace framegen {

std::size_t element_count(std::span<const std::int64_t> shape) {
  std::size_t count = 1;
  for (const std::int64_t d : shape) count *= static_cast<std::size_t>(d);
  return count;
}

std::string to_string(std::span<const std::int64_t> shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i != 0) text += ',';
    text += shape[i] >= 0 ? std::to_string(shape[i]) : i == 0 ? "batch" : "?";
  }
  return text + "]";
}

}  // namespace framegen
