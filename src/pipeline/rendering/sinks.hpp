// sinks.hpp: the sinks that a job names, as one.
#pragma once

#include <memory>
#include <string>

#include "framegen/render.hpp"
#include "sandbox/zygote.hpp"
#include "sink/hash_sink.hpp"
#include "sink/sink.hpp"

namespace framegen {

struct FrameRate {
  int numerator = 25, denominator = 1;
};
// A frame rate as a fraction, 29.97 and its like as they are meant.
FrameRate frame_rate_of(double fps);

class RenderSinks {
 public:
  // Errors: kBadUse (two outputs on standard output), kBadOutput.
  static Result<RenderSinks> make(const RenderJob& job, sandbox::Zygote* zygote);
  Sink& sink() { return *sink_; }
  Status begin(const AvatarInfo& avatar);
  // Over all frames, after finish(); empty where the job asked for no hashes.
  std::string frames_sha256() const { return hash_ == nullptr ? "" : hash_->all(); }

 private:
  std::unique_ptr<Sink> sink_;
  HashSink* hash_ = nullptr;  // one of sink_'s
};

}  // namespace framegen
