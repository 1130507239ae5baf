// mp4_join.hpp: videos of consecutive frames → one, their pictures copied as they are encoded.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "framegen/result.hpp"
#include "media/libav.hpp"
#include "sandbox/zygote.hpp"

namespace framegen {

// An MP4 video that is a part of a whole, as examine_part found it.
struct Mp4Part {
  std::filesystem::path path;
  std::int64_t first_frame = 0;  // of the whole
  std::int64_t frames = 0;
  int delay = 0;  // packets by which decoding runs ahead of showing
  int fps_numerator = 0;
  int fps_denominator = 1;
  libav::Owner<AVCodecParameters> picture;

  std::int64_t end_frame() const { return first_frame + frames; }
};

// What a video says about itself where it is a part (MP4's description tag).
std::string part_tag(std::int64_t first_frame);

// Reads every packet. Errors: kBadInput (no MP4 with H.264, not a part, frames missing, does not begin with a
// key frame, an open group of pictures).
Result<Mp4Part> examine_part(const std::filesystem::path& path);

// All parts have the picture size, frame rate and encoder parameters of the first. Errors: kBadInput.
Status check_alike(const std::vector<Mp4Part>& parts);

struct Mp4JoinOptions {
  std::filesystem::path sound = {};
  sandbox::Zygote* zygote = nullptr;  // in whose children it is decoded
  bool mark = true;
  std::string software = "framegen";
  std::function<bool(std::int64_t done, std::int64_t all)> progress = {};  // frames; false cancels
};

// `parts` are alike, in order and without gaps. The first frame of the first is the sound's beginning.
// Errors: kBadInput, kBadOutput, kCancelled, kInternal (no memory).
Status join_mp4(const std::vector<Mp4Part>& parts, const std::filesystem::path& video,
                const Mp4JoinOptions& options);

}  // namespace framegen
