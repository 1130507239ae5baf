// split.hpp: one long speech rendered in parts, on as many machines as there are, and joined again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "framegen/export.hpp"
#include "framegen/result.hpp"
#include "framegen/sandbox.hpp"

namespace framegen {

struct FrameRange {
  std::int64_t first = 0;
  std::optional<std::int64_t> end;  // one past the last; none: to the end of the speech
};

// "A:B", "A:" or ":B" with 0 ≤ A < B. Errors: kBadUse.
FRAMEGEN_EXPORT Result<FrameRange> parse_frame_range(const std::string& text);

// How many frames a speech has: its sound is decoded to the end. Errors: kBadInput.
FRAMEGEN_EXPORT Result<std::int64_t> speech_frames(const std::filesystem::path& audio,
                                                   const std::shared_ptr<Sandbox>& sandbox = {});

// Frames 0 … frames−1 as `parts` ranges that differ by one frame at most; never more ranges than frames.
FRAMEGEN_EXPORT std::vector<FrameRange> split_frames(std::int64_t frames, int parts);

struct JoinJob {
  std::vector<std::filesystem::path> parts;  // MP4 files of render with a range, in any order
  std::filesystem::path audio;               // the speech that all of them were made from
  std::filesystem::path video;               // the whole MP4
  bool mark = true;                          // say in its metadata that the picture is generated
  std::shared_ptr<Sandbox> sandbox;          // in which the speech is decoded. Default: none
  std::function<bool(std::int64_t done, std::int64_t all)> progress;  // frames; false cancels; may be empty
};

// Copies the parts' pictures as they are encoded, without loss, and encodes the sound once. Gives the number
// of frames. Errors: kBadInput (a part that is none, gaps and overlaps by their frames, parts encoded
// differently, the audio), kBadUse (no parts), kBadOutput, kCancelled.
FRAMEGEN_EXPORT Result<std::int64_t> join_parts(const JoinJob& job);

}  // namespace framegen
