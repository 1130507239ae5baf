// mp4_sink.hpp: a video of H.264 pictures and AAC sound: an MP4, QuickTime or Matroska file, or a pipe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "core/files.hpp"
#include "sink/h264_encoder.hpp"
#include "sink/mp4_muxer.hpp"
#include "sink/sink.hpp"
#include "sink/sound_track.hpp"

namespace framegen {

struct Mp4Options {
  H264Options video = {};
  std::filesystem::path sound = {};    // whose sound is heard; empty: a silent video without sound stream
  sandbox::Zygote* zygote = nullptr;   // in whose children it is decoded; none: here
  std::int64_t sound_first_frame = 0;  // the frame of the whole video that comes first here (render --range)
  bool mark = true;                    // say machine-readably that the picture is generated
  std::string software = "framegen";   // named in the mark
  std::string description = {};        // the file's description tag; empty: none
  bool sound_to_its_end = false;       // the last of the sound is heard though the picture ends before it
};

// "-" is the standard output as Matroska, "-.mp4" as MP4 in fragments. Else a file that can be sought (pipes
// are kBadOutput). The sound is prolonged with silence to the frames' length; what is longer is cut, or with
// sound_to_its_end heard over the last picture. Frames of odd size are padded to even with their last column
// and row. The multiplexer keeps an index of about 60 bytes per packet in memory: 15 MB an hour.
class Mp4Sink : public Sink {
 public:
  Mp4Sink(std::filesystem::path path, Mp4Options options)
      : path_(std::move(path)), options_(std::move(options)) {}
  PixelNeed need() const override { return PixelNeed::kI420; }
  std::string name() const override { return path_.string(); }

 private:
  Status do_begin() override;
  Status do_write(const SinkFrame& frame) override;
  Status do_finish() override;
  Status open_video();
  Status open_muxer();

  std::filesystem::path path_;
  Mp4Options options_;
  Container container_ = Container::kMp4;
  std::optional<PartialFile> partial_;  // destroyed last: removed after the muxer has closed it
  libav::Owner<AVCodecContext> video_;
  libav::Owner<AVFrame> picture_;
  std::unique_ptr<Mp4Muxer> muxer_;
  std::unique_ptr<SoundTrack> sound_;  // none: a silent video
  int video_stream_ = -1;
};

}  // namespace framegen
