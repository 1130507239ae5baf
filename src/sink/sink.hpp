// sink.hpp: where finished frames go.
#pragma once

#include <cstdint>
#include <string>

#include "core/i420.hpp"
#include "framegen/image.hpp"
#include "framegen/result.hpp"

namespace framegen {

struct SinkFormat {
  int width = 0;
  int height = 0;
  int fps_numerator = 25;
  int fps_denominator = 1;
  std::int64_t frames = -1;  // how many will come, where that is known: sinks only reserve for it
};

// What a sink looks at. kI420 takes either and converts by itself where only BGR is given; planes made from
// a ready template frame, of which only the face box changed, are cheaper.
enum class PixelNeed { kBgr, kI420, kBoth };

// Borrowed during write(). A picture that the sink does not need may be empty.
struct SinkFrame {
  std::int64_t index = 0;  // 0, 1, 2 … in order
  ImageView bgr;
  I420View i420;
};

// begin, write × N, finish, on one thread at a time. Output appears under its final name when finish()
// returns; a sink destroyed before that leaves nothing behind (what went down a pipe is gone). Errors:
// kBadOutput (cannot be written, disk full, pipe closed, frame of another size), kInternal (no memory, calls
// in the wrong order, any call after an error).
class Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink() = default;

  virtual PixelNeed need() const { return PixelNeed::kBgr; }
  // Named in errors: the output's path.
  virtual std::string name() const = 0;

  Status begin(const SinkFormat& format);
  Status write(const SinkFrame& frame);
  Status finish();

 protected:
  const SinkFormat& format() const { return format_; }
  std::int64_t frames_written() const { return frames_written_; }

 private:
  virtual Status do_begin() = 0;
  virtual Status do_write(const SinkFrame& frame) = 0;
  virtual Status do_finish() = 0;
  Status check(const SinkFrame& frame) const;

  enum class State { kNew, kOpen, kDone, kFailed };
  template <class Call>
  Status step(State from, State to, const Call& call);

  State state_ = State::kNew;
  SinkFormat format_;
  std::int64_t frames_written_ = 0;
};

}  // namespace framegen
