// mp4_muxer.hpp: packets of a picture and a sound stream into one MP4 file.
#pragma once

#include <memory>
#include <string>

#include "framegen/result.hpp"
#include "sink/libav.hpp"

namespace framegen {

class Mp4Muxer {
 public:
  // `path` is written to, `name` (the final path) stands in errors. Errors of all: kBadOutput.
  static Result<std::unique_ptr<Mp4Muxer>> open(const std::string& path, const std::string& name);
  ~Mp4Muxer();

  // Returns the stream's index. All streams before write_header().
  Result<int> add_stream(const AVCodecContext& encoder);
  // The index of the file (moov) will stand before its data: it plays while it loads.
  Status write_header(const std::string& comment);
  // Takes all that `encoder` has ready. Both streams should come in step: what runs ahead waits in memory.
  Status drain(AVCodecContext& encoder, int stream);
  // Closes the file.
  Status write_trailer();

 private:
  Mp4Muxer() = default;
  Error failed(int error) const;

  AVFormatContext* file_ = nullptr;
  std::string name_;
  libav::Owner<AVPacket> packet_;
};

}  // namespace framegen
