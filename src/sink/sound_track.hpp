// sound_track.hpp: the sound of a video, AAC, encoded in step with its pictures.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "sink/mp4_muxer.hpp"
#include "sink/sound_reader.hpp"

namespace framegen {

class SoundTrack {
 public:
  // Adds a stream to `muxer`, which outlives this and has no header yet; the sound begins at `first_frame` of
  // a video of `frames_per_second`. Errors: kBadInput (the sound), kBadOutput (no AAC encoder).
  static Result<std::unique_ptr<SoundTrack>> open(std::unique_ptr<SoundReader> reader, Mp4Muxer& muxer,
                                                  AVRational frames_per_second, std::int64_t first_frame);
  // The sound of the first `frames` pictures, as far as it fills whole AAC frames. Errors: kBadInput,
  // kBadOutput.
  Status encode_for(std::int64_t frames) { return encode(samples_for(frames), false); }
  // All of it, silence included where the sound is shorter than `frames` pictures; with `to_its_end` also
  // what comes after them: the speech's last tenth of a second has no picture of its own (docs/reference.md
  // §3).
  Status finish(std::int64_t frames, bool to_its_end);

 private:
  SoundTrack(std::unique_ptr<SoundReader> reader, Mp4Muxer& muxer, AVRational frames_per_second)
      : reader_(std::move(reader)), muxer_(muxer), frames_per_second_(frames_per_second) {}
  std::int64_t samples_for(std::int64_t frames) const;
  Status encode(std::int64_t until, bool last);

  std::unique_ptr<SoundReader> reader_;
  Mp4Muxer& muxer_;
  AVRational frames_per_second_;
  libav::Owner<AVCodecContext> encoder_;
  libav::Owner<AVFrame> samples_;
  int stream_ = -1;
  std::int64_t done_ = 0;  // samples given to the encoder
};

}  // namespace framegen
