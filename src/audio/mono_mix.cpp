// mono_mix.cpp: the mean over channels, summed in channel order as NumPy's mean does (docs/reference.md §1).
#include "audio/mono_mix.hpp"

#include <cstdint>

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/samplefmt.h>
}

namespace framegen {
namespace {

float unit(std::uint8_t v) { return static_cast<float>(static_cast<int>(v) - 128) * 0x1p-7F; }
float unit(std::int16_t v) { return static_cast<float>(v) * 0x1p-15F; }
float unit(std::int32_t v) { return static_cast<float>(v) * 0x1p-31F; }
float unit(std::int64_t v) { return static_cast<float>(v) * 0x1p-63F; }
float unit(float v) { return v; }
float unit(double v) { return static_cast<float>(v); }

// One channel: its first sample and the step to its next.
template <class T>
struct Channel {
  const T* data;
  std::size_t step;
};

template <class T>
Channel<T> channel_of(const AVFrame& frame, std::size_t channel, std::size_t channels, bool planar) {
  if (planar) return {reinterpret_cast<const T*>(frame.extended_data[channel]), 1};
  return {reinterpret_cast<const T*>(frame.extended_data[0]) + channel, channels};
}

template <class T>
void mix(const AVFrame& frame, bool planar, std::size_t first, std::span<float> out) {
  const auto channels = static_cast<std::size_t>(frame.ch_layout.nb_channels);
  for (std::size_t c = 0; c < channels; ++c) {
    const Channel<T> in = channel_of<T>(frame, c, channels, planar);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const float value = unit(in.data[(first + i) * in.step]);
      out[i] = c == 0 ? value : out[i] + value;
    }
  }
  if (channels == 1) return;
  for (float& value : out) value /= static_cast<float>(channels);
}

}  // namespace

bool can_mix(const AVFrame& frame) {
  return frame.format > AV_SAMPLE_FMT_NONE && frame.format <= AV_SAMPLE_FMT_S64P &&
         frame.ch_layout.nb_channels > 0;
}

void mix_to_mono(const AVFrame& frame, std::size_t first, std::span<float> out) {
  const auto format = static_cast<AVSampleFormat>(frame.format);
  const bool planar = av_sample_fmt_is_planar(format) != 0;
  switch (av_get_packed_sample_fmt(format)) {
    case AV_SAMPLE_FMT_U8:
      return mix<std::uint8_t>(frame, planar, first, out);
    case AV_SAMPLE_FMT_S16:
      return mix<std::int16_t>(frame, planar, first, out);
    case AV_SAMPLE_FMT_S32:
      return mix<std::int32_t>(frame, planar, first, out);
    case AV_SAMPLE_FMT_S64:
      return mix<std::int64_t>(frame, planar, first, out);
    case AV_SAMPLE_FMT_FLT:
      return mix<float>(frame, planar, first, out);
    case AV_SAMPLE_FMT_DBL:
      return mix<double>(frame, planar, first, out);
    default:
      return;  // can_mix refuses it
  }
}

}  // namespace framegen
