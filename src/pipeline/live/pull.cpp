// pull.cpp: which picture comes next, and the sound that belongs to it.
#include <algorithm>

#include "pipeline/live/core.hpp"

namespace framegen {
namespace {

constexpr std::int64_t kFrameUs = 40000;
constexpr int kSilentAhead = 3;  // frames of sound after a frame's own that are there in any case: 172.5 ms

}  // namespace

Result<LivePulled> LiveCore::pull(LiveOutput& out, std::chrono::milliseconds wait) {
  std::optional<Clock::time_point> deadline;
  if (wait.count() >= 0) deadline = Clock::now() + wait;
  std::unique_lock lock(mutex_);
  while (!error_) {
    auto given = step(out, deadline, lock);
    if (!given) {
      error_ = std::move(given).error();
    } else if (*given) {
      return **given;
    }
  }
  return *error_;
}

// None: something changed meanwhile, look again.
Result<std::optional<LivePulled>> LiveCore::step(LiveOutput& out, std::optional<Clock::time_point> deadline,
                                                 std::unique_lock<std::mutex>& lock) {
  if (input_.owes_end()) return std::optional(give_end(out));
  FRAMEGEN_TRY(begin_front(true));
  if (!active_) return nobody_speaks(out, deadline, lock);
  FRAMEGEN_TRY(feed());
  const auto wait = deadline
                        ? std::max(std::chrono::milliseconds(0),
                                   std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now()))
                        : std::chrono::milliseconds(-1);
  const auto interrupts = interrupts_;
  const auto changes = changes_;
  FinishedFace face;
  FaceStream& from = stream();
  pulled_from_ = current_;
  lock.unlock();
  auto pulled = from.pull(face, wait, true);
  lock.lock();
  pulled_from_.reset();
  if (interrupts != interrupts_) return std::optional<LivePulled>();
  if (!pulled) return std::move(pulled).error();
  if (*pulled == Pulled::kFrame) return std::optional(FRAMEGEN_TRY(give_speech(out, face)));
  if (*pulled == Pulled::kFinished) {
    if (input_.left() > 0 && options_.idle == Idle::kLoop)
      return std::optional(FRAMEGEN_TRY(give_idle(out, false)));
    if (input_.left() > 0) input_.give(sound_);  // at most two frames' worth, and nobody wants its picture
    if (input_.left() > 0) return std::optional<LivePulled>();
    input_.end_front();
    active_ = false;
    return std::optional(give_end(out));
  }
  if (changes != changes_) return std::optional<LivePulled>();  // what it was hungry for may have come
  if (options_.idle == Idle::kLoop) return std::optional(FRAMEGEN_TRY(give_idle(out, true)));
  if (!deadline || !wait_for_input(deadline, lock)) return std::optional(LivePulled::kAgain);
  return std::optional<LivePulled>();
}

Result<std::optional<LivePulled>> LiveCore::nobody_speaks(LiveOutput& out,
                                                          std::optional<Clock::time_point> deadline,
                                                          std::unique_lock<std::mutex>& lock) {
  if (finished_) return std::optional(LivePulled::kFinished);
  if (options_.idle == Idle::kLoop) return std::optional(FRAMEGEN_TRY(give_idle(out, false)));
  if (!deadline || !wait_for_input(deadline, lock)) return std::optional(LivePulled::kAgain);
  return std::optional<LivePulled>();
}

// False: nothing came before the deadline.
bool LiveCore::wait_for_input(std::optional<Clock::time_point> deadline, std::unique_lock<std::mutex>& lock) {
  const auto changes = changes_;
  const auto interrupts = interrupts_;
  return changed_.wait_until(lock, *deadline,
                             [&] { return changes != changes_ || interrupts != interrupts_ || finished_; });
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

Result<LivePulled> LiveCore::give_speech(LiveOutput& out, const FinishedFace& face) {
  out.frame = FRAMEGEN_TRY(picture_.speech(face, silent()));
  begun_ = true;
  place_ = face.place + 1;
  ++stats_.speech_frames;
  give_sound(out, true);
  return LivePulled::kSpeech;
}

// `in_segment`: its next face is not there. Then the sound stands still; else the rest of a segment's sound
// comes with its picture, or silence where there is none.
Result<LivePulled> LiveCore::give_idle(LiveOutput& out, bool in_segment) {
  // A face that is being made has its place in the loop: until it is there the presenter holds still.
  const bool late = in_segment && !stream().place_next(place_ + 1);
  out.frame = FRAMEGEN_TRY(picture_.idle(loop_.at(place_), late));
  if (!late) ++place_;
  if (late) {
    ++stats_.late_frames;
  } else if (in_segment && begun_) {
    ++stats_.hungry_frames;
  }
  give_sound(out, active_ && !in_segment);
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
