// input.hpp: live sound as it was pushed, in segments, until it has been given out again.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace framegen {

// A ring of samples and the segments in it. Positions count samples from the session's start. Not
// thread-safe.
//
//   given_ ────────── fed_ ─────────────── pushed_
//   sound to come     looked at already    free
class LiveInput {
 public:
  struct Segment {
    std::uint32_t number = 0;  // 1, 2, …
    std::int64_t begin = 0;    // position of its first sample
    std::int64_t end = 0;      // one past its last sample so far
    bool whole = false;        // flushed: no more samples will come
  };
  struct End {
    std::uint32_t number = 0;
    std::int64_t samples = 0;  // of its own sound given out
    bool interrupted = false;
  };
  static constexpr std::size_t kMaxSegments = 64;  // waiting at the same time, or for their end to be taken

  LiveInput(int samples_per_frame, std::size_t capacity);

  // All or nothing: false where there is no room. The first samples after a flush begin a segment.
  bool push(std::span<const std::int16_t> samples);
  // The segment is whole. Without samples since the last flush: nothing happens.
  void flush();
  // Every segment ends where it stands; what it still had is thrown away.
  void interrupt();

  // The segment being spoken; null: none.
  const Segment* front() const { return segments_.empty() ? nullptr : &segments_.front(); }
  // Copies the front segment's next samples that were not fed yet; says how many.
  std::size_t feed(std::span<std::int16_t> samples);
  bool fed_whole() const { return segments_.front().whole && fed_ == segments_.front().end; }
  // The front segment's next samples as sound, silence after its end; says how many are its own.
  std::size_t give(std::span<std::int16_t> sound);
  // The front segment has been given out whole: its end is owed.
  void end_front();
  // Ends owed to the caller, oldest first.
  std::optional<End> take_end();
  bool owes_end() const { return !ends_.empty(); }

  std::int64_t position() const { return given_ - segments_.front().begin; }  // in the front segment
  std::int64_t left() const { return segments_.front().end - given_; }        // of the front segment
  std::int64_t buffered() const { return pushed_ - given_; }                  // samples, all segments
  std::size_t capacity() const { return ring_.size(); }
  // Loudness of the front segment's frame that begins `frames` frames after the next sound, as mean square
  // of full scale 1; 0 beyond its end.
  double power(int frames) const;

 private:
  std::int16_t at(std::int64_t position) const {
    return ring_[static_cast<std::size_t>(position % static_cast<std::int64_t>(ring_.size()))];
  }

  int samples_per_frame_;
  std::vector<std::int16_t> ring_;
  std::vector<Segment> segments_;  // at most kMaxSegments with the ends: room for all is there from the start
  std::vector<End> ends_;
  std::uint32_t segments_made_ = 0;
  std::int64_t given_ = 0, fed_ = 0, pushed_ = 0;
};

}  // namespace framegen
