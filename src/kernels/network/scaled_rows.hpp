// scaled_rows.hpp: channels-last tensors as 16-bit integers, each row and channel with a scale of its own:
// half the bytes of floats, and much nearer to them than half floats are.
#pragma once

#include <cstddef>
#include <cstdint>

namespace framegen {

struct ScaledRowsShape {
  std::size_t height = 1, width = 1, channels = 1;

  std::size_t elements() const { return height * width * channels; }
  // In one piece of memory: the integers [height][width][channels], then, on the next cache line, the scales.
  std::size_t scales_offset() const { return (elements() * sizeof(std::int16_t) + 63) / 64 * 64; }
  std::size_t bytes() const { return scales_offset() + height * channels * sizeof(float); }
};

struct ConstScaledRows {
  const std::int16_t* integers = nullptr;  // [height][width][channels]
  const float* scales = nullptr;           // [height][channels]: a value is integer · scale
};
struct ScaledRows {
  std::int16_t* integers = nullptr;
  float* scales = nullptr;
  operator ConstScaledRows() const { return {integers, scales}; }
};
// `memory`: aligned to 64 bytes, shape.bytes() long.
ScaledRows scaled_rows_in(void* memory, const ScaledRowsShape& shape);
ConstScaledRows scaled_rows_in(const void* memory, const ScaledRowsShape& shape);

// The scale is the largest magnitude of a row and channel / 32767; integers are the nearest, ties to even, so
// that a value is off by half a scale at most. A channel of a row below 1e-30 becomes zero. Finite numbers
// only.
void to_scaled_rows(const float* x, const ScaledRowsShape& shape, const ScaledRows& y);
void from_scaled_rows(const ConstScaledRows& x, const ScaledRowsShape& shape, float* y);

namespace reference {
void to_scaled_rows(const float* x, const ScaledRowsShape& shape, const ScaledRows& y);
void from_scaled_rows(const ConstScaledRows& x, const ScaledRowsShape& shape, float* y);
}  // namespace reference

}  // namespace framegen
