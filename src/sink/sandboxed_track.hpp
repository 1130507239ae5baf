// sandboxed_track.hpp: a sound file decoded by a child that can do nothing else.
#pragma once

#include "sink/sound_reader.hpp"

namespace framegen {

// The child's job: rate and channels, then blocks of samples, channel after channel.
Status decode_track(const sandbox::Task& task, const sandbox::RecordWriter& writer);

// What the child gives, believed no further than its shape.
class SandboxedTrack final : public SoundReader {
 public:
  // Takes over the descriptor. Errors: SoundReader::open()'s.
  static Result<std::unique_ptr<SoundReader>> open(int file, const std::string& name,
                                                   sandbox::Zygote& zygote);

 protected:
  Status decode_more() override;

 private:
  SandboxedTrack(std::string name, sandbox::RecordReader child)
      : SoundReader(std::move(name)), child_(std::move(child)) {}

  sandbox::RecordReader child_;
};

}  // namespace framegen
