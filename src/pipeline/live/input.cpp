// input.cpp: three cursors in one ring.
#include "pipeline/live/input.hpp"

#include <algorithm>

namespace framegen {

LiveInput::LiveInput(int samples_per_frame, std::size_t capacity)
    : samples_per_frame_(samples_per_frame), ring_(capacity) {
  segments_.reserve(kMaxSegments);
  ends_.reserve(kMaxSegments);
}

bool LiveInput::push(std::span<const std::int16_t> samples) {
  if (samples.empty()) return true;
  if (samples.size() > ring_.size() - static_cast<std::size_t>(buffered())) return false;
  if (segments_.empty() || segments_.back().whole) {
    if (segments_.size() + ends_.size() >= kMaxSegments) return false;
    segments_.push_back({++segments_made_, pushed_, pushed_, false});
  }
  const std::size_t at = static_cast<std::size_t>(pushed_) % ring_.size();
  const std::size_t head = std::min(samples.size(), ring_.size() - at);
  std::copy_n(samples.begin(), head, ring_.begin() + static_cast<std::ptrdiff_t>(at));
  std::copy(samples.begin() + static_cast<std::ptrdiff_t>(head), samples.end(), ring_.begin());
  pushed_ += std::ssize(samples);
  segments_.back().end = pushed_;
  return true;
}

void LiveInput::flush() {
  if (!segments_.empty()) segments_.back().whole = true;
}

void LiveInput::interrupt() {
  for (const Segment& segment : segments_)
    ends_.push_back({segment.number, std::max<std::int64_t>(0, given_ - segment.begin), true});
  segments_.clear();
  given_ = fed_ = pushed_;
}

std::size_t LiveInput::feed(std::span<std::int16_t> samples) {
  const std::int64_t count = std::min(std::ssize(samples), segments_.front().end - fed_);
  for (std::int64_t i = 0; i < count; ++i) samples[static_cast<std::size_t>(i)] = at(fed_ + i);
  fed_ += count;
  return static_cast<std::size_t>(count);
}

std::size_t LiveInput::give(std::span<std::int16_t> sound) {
  const std::int64_t count = std::min(std::ssize(sound), left());
  for (std::int64_t i = 0; i < count; ++i) sound[static_cast<std::size_t>(i)] = at(given_ + i);
  std::fill(sound.begin() + count, sound.end(), std::int16_t{0});
  given_ += count;
  return static_cast<std::size_t>(count);
}

void LiveInput::end_front() {
  const Segment& segment = segments_.front();
  ends_.push_back({segment.number, given_ - segment.begin, false});
  segments_.erase(segments_.begin());
}

std::optional<LiveInput::End> LiveInput::take_end() {
  if (ends_.empty()) return std::nullopt;
  const End end = ends_.front();
  ends_.erase(ends_.begin());
  return end;
}

double LiveInput::power(int frames) const {
  const std::int64_t first = given_ + std::int64_t{frames} * samples_per_frame_;
  const std::int64_t last = std::min(first + samples_per_frame_, segments_.front().end);
  double sum = 0;
  for (std::int64_t i = first; i < last; ++i) {
    const double sample = at(i) / 32768.0;
    sum += sample * sample;
  }
  return sum / samples_per_frame_;
}

}  // namespace framegen
