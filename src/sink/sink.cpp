// sink.cpp: what all sinks check alike: the order of calls and the size of frames.
#include "sink/sink.hpp"

#include <exception>

namespace framegen {
namespace {

constexpr int kMaxSide = 16384;  // x264's and libjpeg's limits lie above

std::string size_text(int width, int height) { return std::to_string(width) + "×" + std::to_string(height); }

}  // namespace

// Runs `call` where the sink is in state `from`; afterwards it is in state `to`, or failed for good.
template <class Call>
Status Sink::step(State from, State to, const Call& call) {
  if (state_ != from)
    return Error{ErrorCode::kInternal, name(),
                 state_ == State::kFailed ? "was used after an error" : "begin, write, finish in wrong order",
                 ""};
  state_ = State::kFailed;
  try {
    Status status = call();
    if (status) state_ = to;
    return status;
  } catch (const std::exception& e) {  // std::bad_alloc, filesystem and function errors of the library
    return Error{ErrorCode::kInternal, name(), std::string("cannot go on: ") + e.what(),
                 "free some memory and try again"};
  }
}

Status Sink::begin(const SinkFormat& format) {
  return step(State::kNew, State::kOpen, [&]() -> Status {
    format_ = format;
    if (format.width < 1 || format.height < 1 || format.width > kMaxSide || format.height > kMaxSide)
      return Error{ErrorCode::kBadOutput, name(),
                   "frames of " + size_text(format.width, format.height) + " pixels cannot be written",
                   "give frames of 1 to " + std::to_string(kMaxSide) + " pixels a side"};
    if (format.fps_numerator < 1 || format.fps_denominator < 1)
      return Error{ErrorCode::kBadOutput, name(), "the frame rate is not positive", "give one, such as 25/1"};
    return do_begin();
  });
}

Status Sink::check(const SinkFrame& frame) const {
  const auto wrong_size = [&](int width, int height) {
    return Error{ErrorCode::kBadOutput, name(),
                 "frame " + std::to_string(frame.index) + " has " + size_text(width, height) +
                     " pixels, those before it " + size_text(format_.width, format_.height),
                 "all frames of an output need one size: check the avatar's template frames"};
  };
  if (!frame.bgr.empty() && (frame.bgr.width != format_.width || frame.bgr.height != format_.height))
    return wrong_size(frame.bgr.width, frame.bgr.height);
  if (!frame.i420.empty() &&
      (frame.i420.width != next_even(format_.width) || frame.i420.height != next_even(format_.height)))
    return wrong_size(frame.i420.width, frame.i420.height);
  const bool enough =
      need() == PixelNeed::kI420 ? !frame.bgr.empty() || !frame.i420.empty() : !frame.bgr.empty();
  if (!enough)
    return Error{ErrorCode::kInternal, name(), "frame " + std::to_string(frame.index) + " has no pixels", ""};
  return {};
}

Status Sink::write(const SinkFrame& frame) {
  return step(State::kOpen, State::kOpen, [&]() -> Status {
    FRAMEGEN_TRY(check(frame));
    FRAMEGEN_TRY(do_write(frame));
    ++frames_written_;
    return {};
  });
}

Status Sink::finish() {
  return step(State::kOpen, State::kDone, [&] { return do_finish(); });
}

}  // namespace framegen
