// part_reader.hpp: the encoded pictures of an MP4 file, packet by packet.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "framegen/result.hpp"
#include "media/libav.hpp"

namespace framegen {

class PartReader {
 public:
  // Errors: kBadInput (cannot be read, no H.264 in it).
  static Result<std::unique_ptr<PartReader>> open(const std::filesystem::path& path);
  ~PartReader();
  PartReader(const PartReader&) = delete;
  PartReader& operator=(const PartReader&) = delete;

  const AVStream& stream() const { return *file_->streams[stream_]; }
  std::string description() const;
  // The next packet in decoding order, its time of showing counted in frames of constant length; false: there
  // are no more. Errors: kBadInput (torn file, frames of different length).
  Result<bool> next(AVPacket& packet, std::int64_t& shown);
  // Of one frame, in the stream's time base; known after the first packet.
  std::int64_t frame_ticks() const { return frame_ticks_; }

 private:
  PartReader() = default;
  Error part_error(const std::string& what) const;

  std::string path_;
  AVIOContext* input_ = nullptr;
  AVFormatContext* file_ = nullptr;
  int stream_ = -1;
  std::int64_t frame_ticks_ = 0;
};

}  // namespace framegen
