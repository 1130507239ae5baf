// sound_reader.cpp: a header, then samples that pipes may cut anywhere.
#include "sound_reader.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "limits.hpp"

namespace framegen::voice {
namespace {

constexpr std::size_t kLongestHead = 65536;
constexpr int kMostChannels = 8;

// The mean of a frame's channels.
std::int16_t mixed(const std::uint8_t* frame, const SoundHead& head) {
  double sum = 0;
  for (int channel = 0; channel < head.channels; ++channel) {
    if (head.coding == kFloats) {
      float value = 0;
      std::memcpy(&value, frame + 4 * channel, sizeof value);
      sum += std::isfinite(value) ? std::clamp(value, -1.0F, 1.0F) * 32767.0 : 0.0;
    } else {
      std::int16_t value = 0;
      std::memcpy(&value, frame + 2 * channel, sizeof value);
      sum += value;
    }
  }
  return static_cast<std::int16_t>(std::lround(sum / head.channels));
}

}  // namespace

double longest_speech_s(const std::string& text) { return 60.0 + static_cast<double>(text.size()); }

Error SoundReader::strange(const std::string& what) const {
  return {ErrorCode::kBadInput, who_, what, "let it give WAV of 16-bit samples, or such samples alone"};
}

Status SoundReader::begin(const SoundHead& head) {
  head_ = head;
  if (head.other_kind != nullptr) return strange(std::string("gives ") + head.other_kind);
  left_ = head.sound_bytes.value_or(std::numeric_limits<std::size_t>::max());
  if (!head.wav) {
    head_->coding = kIntegers;
    head_->channels = 1;
    head_->bits = 16;
    head_->rate_hz = raw_rate_hz_;
    return {};
  }
  const bool known =
      (head.coding == kIntegers && head.bits == 16) || (head.coding == kFloats && head.bits == 32);
  if (!known)
    return strange("gives WAV of " + std::to_string(head.bits) + "-bit samples of kind " +
                   std::to_string(head.coding));
  if (head.channels < 1 || head.channels > kMostChannels)
    return strange("gives WAV of " + std::to_string(head.channels) + " channels");
  if (head.rate_hz < kLowestRateHz || head.rate_hz > kHighestRateHz)
    return strange("gives WAV of " + std::to_string(head.rate_hz) + " Hz");
  return {};
}

Status SoundReader::give(std::span<const std::uint8_t> bytes) {
  bytes = bytes.first(std::min(bytes.size(), left_));
  left_ -= bytes.size();
  waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
  const auto frame_bytes = static_cast<std::size_t>(head_->bits / 8 * head_->channels);
  samples_.resize(waiting_.size() / frame_bytes);
  for (std::size_t i = 0; i < samples_.size(); ++i)
    samples_[i] = mixed(waiting_.data() + i * frame_bytes, *head_);
  waiting_.erase(waiting_.begin(),
                 waiting_.begin() + static_cast<std::ptrdiff_t>(samples_.size() * frame_bytes));
  if (samples_.empty()) return {};
  given_ += samples_.size();
  if (static_cast<double>(given_) > longest_s_ * head_->rate_hz)
    return Error{ErrorCode::kBadInput, who_,
                 "is still sounding after " + std::to_string(std::lround(longest_s_)) +
                     " s, longer than anybody takes for such a text",
                 "try it by itself, and let it end"};
  return listener_(head_->rate_hz, samples_);
}

Status SoundReader::take(std::span<const std::uint8_t> bytes) {
  if (head_) return give(bytes);
  waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
  const auto head = read_sound_head(waiting_);
  if (!head) {
    if (waiting_.size() > kLongestHead) return strange("gives WAV whose header has no end");
    return {};
  }
  FRAMEGEN_TRY(begin(*head));
  const std::vector<std::uint8_t> first = std::exchange(waiting_, {});
  return give(std::span(first).subspan(head->bytes));
}

Status SoundReader::finish() {
  if (!head_ && !waiting_.empty()) {  // a moment of raw samples
    FRAMEGEN_TRY(begin({}));
    FRAMEGEN_TRY(give({}));
  }
  if (given_ == 0)
    return Error{ErrorCode::kBadInput, who_, "gave no sound", "try it by itself, and see what it says"};
  return {};
}

}  // namespace framegen::voice
