// split.cpp: ranges of frames, and how many there are.
#include "framegen/split.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "audio/speech_source.hpp"
#include "features/mel_windows.hpp"
#include "pipeline/speaking/sandbox_impl.hpp"

namespace framegen {
namespace {

bool parse_number(std::string_view text, std::int64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number >= 0;
}

}  // namespace

Result<FrameRange> parse_frame_range(const std::string& text) {
  const Error wrong{ErrorCode::kBadUse, "range " + text, "is not A:B with 0 ≤ A < B",
                    "give the first frame and one past the last, such as 100:350"};
  const std::string_view all = text;
  const std::size_t colon = all.find(':');
  if (colon == std::string_view::npos) return wrong;
  const std::string_view before = all.substr(0, colon), after = all.substr(colon + 1);
  FrameRange range;
  if (!before.empty() && !parse_number(before, range.first)) return wrong;
  if (!after.empty()) {
    std::int64_t end = 0;
    if (!parse_number(after, end) || end <= range.first) return wrong;
    range.end = end;
  }
  return range;
}

Result<std::int64_t> speech_frames(const std::filesystem::path& audio,
                                   const std::shared_ptr<Sandbox>& sandbox) {
  SpeechSource speech = FRAMEGEN_TRY(SpeechSource::open(audio, {}, zygote_of(sandbox)));
  std::vector<float> block(kSpeechRateHz);
  std::int64_t samples = 0;
  while (const std::size_t count = FRAMEGEN_TRY(speech.read(block)))
    samples += static_cast<std::int64_t>(count);
  return frame_count(samples);
}

std::vector<FrameRange> split_frames(std::int64_t frames, int parts) {
  const std::int64_t count = std::clamp<std::int64_t>(parts, 1, std::max<std::int64_t>(1, frames));
  std::vector<FrameRange> ranges;
  std::int64_t first = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t end = first + frames / count + (i < frames % count ? 1 : 0);
    ranges.push_back({first, end});
    first = end;
  }
  return ranges;
}

}  // namespace framegen
