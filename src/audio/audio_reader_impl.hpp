// audio_reader_impl.hpp: what is behind AudioReader: a decoder here, or one in a sandbox.
#pragma once

#include "audio/audio_reader.hpp"

namespace framegen {

struct AudioReader::Impl {
  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  virtual ~Impl() = default;
  // As AudioReader's.
  virtual Result<std::size_t> read(std::span<float> mono) = 0;
  AudioInfo info;
};

}  // namespace framegen
