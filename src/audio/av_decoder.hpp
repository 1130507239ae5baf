// av_decoder.hpp: the first sound track of any container, decoded frame by frame with libavformat and
// libavcodec.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "media/av_input.hpp"
#include "media/libav.hpp"

namespace framegen {

// Encoder delay and padding (MP3, AAC, Opus) are taken off as libavcodec does by default, where the file says
// how much. Damaged packets are left out and counted.
class AvDecoder {
 public:
  // Errors: kBadInput, without the file's name: not audio or video, no sound track, no decoder for it.
  static Result<AvDecoder> open(AvInput input);
  AvDecoder(AvDecoder&&) noexcept;
  AvDecoder& operator=(AvDecoder&&) noexcept;
  ~AvDecoder();

  // Borrowed until the next call; null at the end. Errors: kBadInput (the file cannot be read on), kInternal.
  Result<const AVFrame*> next();

  std::string codec() const;      // "pcm_s16le", "mp3"
  std::string container() const;  // "wav", "mov"
  // As the file's header says; nothing where it does not.
  std::optional<double> declared_duration_s() const;
  std::int64_t damaged_packets() const { return damaged_; }
  // How much shorter a WAV file is than its header says.
  std::int64_t missing_bytes() const { return missing_bytes_; }

 private:
  AvDecoder() = default;
  Status open_container();
  Status open_codec();
  Result<bool> feed();

  std::unique_ptr<AvInput> input_;  // outlives format_
  libav::Input<AVFormatContext> format_;
  libav::Owner<AVCodecContext> codec_;
  libav::Owner<AVFrame> frame_;
  libav::Owner<AVPacket> packet_;
  int stream_ = -1;
  bool draining_ = false;
  std::int64_t damaged_ = 0;
  std::int64_t missing_bytes_ = 0;
};

}  // namespace framegen
