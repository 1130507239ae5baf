// mp4_muxer.hpp: packets of a picture and a sound stream into one MP4, QuickTime or Matroska file or pipe.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "framegen/result.hpp"
#include "media/libav.hpp"
#include "sink/container.hpp"
#include "sink/output_stream.hpp"

namespace framegen {

struct Mp4Tags {
  std::string comment = {};      // empty: none
  std::string description = {};  // likewise
};

class Mp4Muxer {
 public:
  // `path` is written to, `name` (the final path) stands in errors. Errors of all: kBadOutput.
  static Result<std::unique_ptr<Mp4Muxer>> open(const std::string& path, const std::string& name,
                                                Container container = Container::kMp4);
  // To the standard output, from front to back: MP4 in fragments, or Matroska.
  static Result<std::unique_ptr<Mp4Muxer>> stream(Container container);
  ~Mp4Muxer();
  const std::string& name() const { return name_; }

  // Returns the stream's index. All streams before write_header().
  Result<int> add_stream(const AVCodecContext& encoder);
  // Of packets that are already encoded; `frame_time`: seconds per picture.
  Result<int> add_copy(const AVCodecParameters& picture, AVRational frame_time);
  // The index of a file (moov) will stand before its data: it plays while it loads.
  Status write_header(const Mp4Tags& tags);
  // Gives `frame` (null: there are no more) to the encoder and takes all that it has ready. Both streams
  // should come in step: what runs ahead waits in memory. kInternal: the encoder failed.
  Status encode(AVCodecContext& encoder, const AVFrame* frame, int stream);
  // Takes the packet's data; its times are in `time_base`.
  Status write(AVPacket& packet, AVRational time_base, int stream);
  // Closes the file. `end`: bytes that stand after all else.
  Status write_trailer(const std::string& end = {});

 private:
  Mp4Muxer() = default;
  Error failed(int error) const;
  bool is_stream() const { return out_.has_value(); }
  static int write_bytes(void* muxer, libav::WrittenByte* bytes, int size);

  AVFormatContext* file_ = nullptr;
  std::string name_;
  Container container_ = Container::kMp4;
  std::optional<OutputStream> out_;   // of stream(); else libavformat opens the file
  mutable std::optional<Error> why_;  // what out_ said when it failed
  libav::Owner<AVPacket> packet_;
};

}  // namespace framegen
