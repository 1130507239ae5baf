// tensor.hpp: dense float32 arrays with a shape, row-major (C order).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/aligned_buffer.hpp"

namespace framegen {

using Shape = std::vector<std::int64_t>;

// Product of the dimensions; 1 for a scalar. All must be ≥ 0.
std::size_t element_count(std::span<const std::int64_t> shape);
// "[1,6,320,320]"; a negative (symbolic) dimension is written "batch" at the first place and "?" elsewhere.
std::string to_string(std::span<const std::int64_t> shape);

struct Tensor {
  Shape shape;
  AlignedBuffer<float> data;

  Tensor() = default;
  // Contents are indeterminate. Throws std::bad_alloc.
  explicit Tensor(Shape s) : shape(std::move(s)), data(element_count(shape)) {}
  std::size_t size() const { return data.size(); }
};

// Borrowed; `shape` and `data` live as long as their owner says.
struct TensorView {
  std::span<const std::int64_t> shape;
  std::span<const float> data;

  TensorView() = default;
  TensorView(std::span<const std::int64_t> s, std::span<const float> d) : shape(s), data(d) {}
  TensorView(const Tensor& t) : shape(t.shape), data(t.data.span()) {}  // NOLINT(google-explicit-constructor)
};

struct MutableTensorView {
  std::span<const std::int64_t> shape;
  std::span<float> data;

  MutableTensorView() = default;
  MutableTensorView(std::span<const std::int64_t> s, std::span<float> d) : shape(s), data(d) {}
  MutableTensorView(Tensor& t)
      : shape(t.shape), data(t.data.span()) {}           // NOLINT(google-explicit-constructor)
  operator TensorView() const { return {shape, data}; }  // NOLINT(google-explicit-constructor)
};

}  // namespace framegen
