// pull.cpp: which picture comes next, and the sound that belongs to it.
#include <algorithm>

#include "pipeline/live/core.hpp"

namespace framegen {
namespace {

constexpr int kSilentAhead = 3;  // frames of sound after a frame's own that are there in any case: 172.5 ms

}  // namespace

std::chrono::milliseconds LiveCore::Pulling::wait() const {
  if (!deadline) return std::chrono::milliseconds(-1);
  return std::max(std::chrono::milliseconds(0),
                  std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now()));
}

Result<LivePulled> LiveCore::pull(LiveOutput& out, std::chrono::milliseconds wait) {
  out.frame.memory.reset();  // so that the next picture may stand where the last one stood
  std::optional<Clock::time_point> deadline;
  if (wait.count() >= 0) deadline = Clock::now() + std::min(wait, kLongestWait);
  Pulling pulling{out, deadline, std::unique_lock(mutex_)};
  while (!error_) {
    auto given = step(pulling);
    pulled_from_.reset();
    if (!given) {
      error_ = std::move(given).error();
    } else if (*given) {
      return **given;
    }
  }
  return *error_;
}

// None: something changed meanwhile, look again.
Result<std::optional<LivePulled>> LiveCore::step(Pulling& pulling) {
  if (input_.owes_end()) return std::optional(give_end(pulling.out));
  move_in();
  if (!FRAMEGEN_TRY(begin_front())) return wait_for_stream(pulling);
  if (!active_) return nobody_speaks(pulling);
  FRAMEGEN_TRY(feed());
  const auto wait = pulling.wait();
  const auto interrupts = interrupts_;
  const auto changes = changes_;
  FinishedFace face;
  FaceStream& from = stream();
  pulled_from_ = current_;  // until the picture is made: the face is the stream's
  pulling.lock.unlock();
  auto pulled = from.pull(face, wait, true);
  pulling.lock.lock();
  if (interrupts != interrupts_) return std::optional<LivePulled>();
  if (!pulled) return std::move(pulled).error();
  if (*pulled == Pulled::kFrame) return std::optional(FRAMEGEN_TRY(give_speech(pulling, face)));
  if (*pulled == Pulled::kFinished) return rest_of_segment(pulling);
  if (changes != changes_) return std::optional<LivePulled>();  // what it was hungry for may have come
  if (options_.idle == Idle::kLoop) return std::optional(FRAMEGEN_TRY(give_idle(pulling, true)));
  if (!wait_for_input(pulling)) return std::optional(LivePulled::kAgain);
  return std::optional<LivePulled>();
}

// The front segment's stream still makes the last faces of one that was interrupted.
Result<std::optional<LivePulled>> LiveCore::wait_for_stream(Pulling& pulling) {
  const std::size_t next = 1 - current_;
  pulled_from_ = next;
  const auto wait = pulling.wait();
  pulling.lock.unlock();
  const bool at_rest = streams_[next]->wait_at_rest(wait);
  pulling.lock.lock();
  if (at_rest || input_.owes_end()) return std::optional<LivePulled>();
  if (options_.idle == Idle::kNone) return std::optional(LivePulled::kAgain);
  ++stats_.late_frames;
  return std::optional(FRAMEGEN_TRY(give_idle(pulling, false)));
}

// All its faces have been given: what is left of its sound comes with idle pictures, at most two. With
// Idle::kNone too: a picture is what carries sound, and these samples are speech.
Result<std::optional<LivePulled>> LiveCore::rest_of_segment(Pulling& pulling) {
  if (input_.left() > 0) return std::optional(FRAMEGEN_TRY(give_idle(pulling, false)));
  input_.end_front();
  active_ = false;
  return std::optional(give_end(pulling.out));
}

Result<std::optional<LivePulled>> LiveCore::nobody_speaks(Pulling& pulling) {
  if (finished_ && utterances_.empty()) return std::optional(LivePulled::kFinished);
  if (options_.idle == Idle::kLoop) return std::optional(FRAMEGEN_TRY(give_idle(pulling, false)));
  if (!wait_for_input(pulling)) return std::optional(LivePulled::kAgain);
  return std::optional<LivePulled>();
}

// False: nothing came before the deadline, or there is none, and sound is never waited for without end.
bool LiveCore::wait_for_input(Pulling& pulling) {
  if (!pulling.deadline) return false;
  const auto changes = changes_;
  const auto interrupts = interrupts_;
  return changed_.wait_until(pulling.lock, *pulling.deadline,
                             [&] { return changes != changes_ || interrupts != interrupts_; });
}

void LiveCore::give_sound(LiveOutput& out, bool of_segment) {
  out.segment = 0;
  out.position_samples = 0;
  if (of_segment) {
    input_.give(sound_);
  } else {
    std::fill(sound_.begin(), sound_.end(), std::int16_t{0});
  }
  if (active_ && begun_) {
    out.segment = input_.front()->number;
    out.position_samples = input_.position();
  }
  out.position_ms = out.position_samples * 1000 / options_.sample_rate_hz;
  out.sound = sound_;
  out.frame.index = stats_.frames++;
  out.pts_us = out.frame.index * kFrameUs;
  out.interrupted = false;
}

// Of the picture whose sound comes next: it, two before and three after it are quieter than the gate.
bool LiveCore::silent() {
  if (gate_power_ == 0) return false;
  const bool now = input_.power(0) < gate_power_;
  bool all = was_silent_[0] && was_silent_[1] && now;
  for (int i = 1; all && i <= kSilentAhead; ++i) all = input_.power(i) < gate_power_;
  was_silent_ = {was_silent_[1], now};
  return all;
}

// Runs `make`, which makes a picture, while others may push and interrupt.
template <class Make>
Status LiveCore::make_picture(Pulling& pulling, const Make& make) {
  pulling.lock.unlock();
  auto picture = make();
  pulling.lock.lock();
  if (!picture) return std::move(picture).error();
  const std::int64_t index = pulling.out.frame.index;
  pulling.out.frame = *picture;
  pulling.out.frame.index = index;
  return {};
}

Result<LivePulled> LiveCore::give_speech(Pulling& pulling, const FinishedFace& face) {
  const bool quiet = silent();
  begun_ = true;
  place_ = face.place + 1;
  ++stats_.speech_frames;
  give_sound(pulling.out, true);
  FRAMEGEN_TRY(make_picture(pulling, [&] { return picture_.speech(face, quiet); }));
  return LivePulled::kSpeech;
}

// `in_segment`: its next face is not there. Then the sound stands still; else the rest of a segment's sound
// comes with its picture, or silence where there is none.
Result<LivePulled> LiveCore::give_idle(Pulling& pulling, bool in_segment) {
  // A face that is being made has its place in the loop: until it is there the presenter holds still.
  const bool late = in_segment && !stream().place_next(place_ + 1);
  const int shown = loop_.at(place_);
  if (!late) ++place_;
  if (late) {
    ++stats_.late_frames;
  } else if (in_segment && begun_) {
    ++stats_.hungry_frames;
  }
  give_sound(pulling.out, active_ && !in_segment);
  FRAMEGEN_TRY(make_picture(pulling, [&] { return picture_.idle(shown, late); }));
  return LivePulled::kIdle;
}

LivePulled LiveCore::give_end(LiveOutput& out) {
  const LiveInput::End end = *input_.take_end();
  out = LiveOutput();
  out.segment = end.number;
  out.position_samples = end.samples;
  out.position_ms = end.samples * 1000 / options_.sample_rate_hz;
  out.interrupted = end.interrupted;
  out.frame.index = stats_.frames;
  out.pts_us = out.frame.index * kFrameUs;
  return LivePulled::kSegmentEnd;
}

}  // namespace framegen
