// mp4_muxer.hpp: packets of a picture and a sound stream into one MP4 file.
#pragma once

#include <memory>
#include <string>

#include "framegen/result.hpp"
#include "media/libav.hpp"

namespace framegen {

struct Mp4Tags {
  std::string comment = {};      // empty: none
  std::string description = {};  // likewise
};

class Mp4Muxer {
 public:
  // `path` is written to, `name` (the final path) stands in errors. Errors of all: kBadOutput.
  static Result<std::unique_ptr<Mp4Muxer>> open(const std::string& path, const std::string& name);
  ~Mp4Muxer();
  const std::string& name() const { return name_; }

  // Returns the stream's index. All streams before write_header().
  Result<int> add_stream(const AVCodecContext& encoder);
  // Of packets that are already encoded; `frame_time`: seconds per picture.
  Result<int> add_copy(const AVCodecParameters& picture, AVRational frame_time);
  // The index of the file (moov) will stand before its data: it plays while it loads.
  Status write_header(const Mp4Tags& tags);
  // Gives `frame` (null: there are no more) to the encoder and takes all that it has ready. Both streams
  // should come in step: what runs ahead waits in memory. kInternal: the encoder failed.
  Status encode(AVCodecContext& encoder, const AVFrame* frame, int stream);
  // Takes the packet's data; its times are in `time_base`.
  Status write(AVPacket& packet, AVRational time_base, int stream);
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
