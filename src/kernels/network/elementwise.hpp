// elementwise.hpp: the small operations between layers: add, ReLU, PReLU, sigmoid, concat, pad, layouts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace framegen {

// y may be a or b. y = a + b, with ReLU where asked.
void add(const float* a, const float* b, std::size_t n, bool relu, float* y);
void relu(const float* x, std::size_t n, float* y);
// 1/(1+e^−x), within 4 units in the last place.
void sigmoid(const float* x, std::size_t n, float* y);

// Channels last: y = x where x is not negative, else slope·x, with a slope of each channel. y may be x.
void prelu(const float* x, const float* slopes, std::size_t channels, std::size_t pixels, float* y);

// Channels last: y [pixels][total] from x [pixels][channels], zeros behind it.
void pad_channels(const float* x, std::size_t channels, std::size_t pixels, std::size_t total, float* y);

// Channels last: y [pixels][Σ channels] from parts [pixels][channels].
struct ConcatPart {
  const float* x = nullptr;
  std::size_t channels = 0;
};
void concat_channels(std::span<const ConcatPart> parts, std::size_t pixels, float* y);

// [channels][pixels] → [pixels][channels] and back.
void to_channels_last(const float* x, std::size_t channels, std::size_t pixels, float* y);
void to_channels_first(const float* x, std::size_t channels, std::size_t pixels, float* y);

namespace reference {
void add(const float* a, const float* b, std::size_t n, bool relu, float* y);
void relu(const float* x, std::size_t n, float* y);
void sigmoid(const float* x, std::size_t n, float* y);  // in float64
void prelu(const float* x, const float* slopes, std::size_t channels, std::size_t pixels, float* y);
void concat_channels(std::span<const ConcatPart> parts, std::size_t pixels, float* y);
void to_channels_last(const float* x, std::size_t channels, std::size_t pixels, float* y);
void to_channels_first(const float* x, std::size_t channels, std::size_t pixels, float* y);
}  // namespace reference

}  // namespace framegen
