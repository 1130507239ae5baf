// render.hpp: any audio file → a finished video, images or raw frames.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "framegen/avatar.hpp"
#include "framegen/formats.hpp"
#include "framegen/session.hpp"

namespace framegen {

// Every output that is named is written; none named: frames are made and thrown away.
struct RenderJob {
  std::filesystem::path audio;      // any container and codec that FFmpeg reads
  std::filesystem::path video;      // .mp4, .mov, .mkv, or "-" (src/sink/mp4_sink.hpp)
  int crf = 20;                     // x264 quality, 0 (lossless) … 51. Default 20
  std::string preset = "veryfast";  // x264 speed. Default "veryfast"
  bool mark = true;                 // say in the MP4's metadata that the picture is generated. Default true
  std::filesystem::path frames_folder;  // numbered images; empty: none
  PictureFormat frames_format = PictureFormat::kPng;
  std::filesystem::path raw;                 // a file or "-" for standard output; empty: none
  RawFormat raw_format = RawFormat::kBgr24;  // default kBgr24
  std::filesystem::path hash;                // SHA-256 of each and all, text; "-" as raw; empty: none
  std::int64_t first_frame = 0;              // of the whole speech. Default 0
  std::optional<std::int64_t> end_frame;     // one past the last; none: to the end of the speech
  int start_frame = 0;                       // first template frame of the loop. Default 0
  bool overwrite_frames_folder = false;
  Blend blend = Blend::kReference;  // default kReference
  // SessionOptions::expected_frames, or kWholeSpeech: as many as the speech has. A range's frames equal the
  // whole's where both are given the same. Default 0
  std::int64_t expected_frames = 0;
};
inline constexpr std::int64_t kWholeSpeech = -1;

struct Progress {
  std::int64_t frames_done = 0;
  std::optional<std::int64_t> frames_all;  // unknown where the container does not say its length
  double elapsed_s = 0;
};

struct StageTime {
  std::string name;
  double seconds = 0;       // summed over threads
  std::uint64_t bytes = 0;  // moved through the stage, where it makes sense
};

// How faces came by the image part of their template frame (EngineOptions::image_parts).
struct ImagePartCounts {
  std::uint64_t in_memory = 0, from_disk = 0, computed = 0;  // kept ones
  std::uint64_t at_once = 0;                                 // not kept: the whole network was run
};

struct RenderReport {
  std::int64_t frames = 0;
  double elapsed_s = 0;
  double frames_per_second = 0;
  double speech_s = 0;        // length of the sound that was read
  std::string frames_sha256;  // with job.hash
  std::uint64_t peak_memory_bytes = 0;
  std::vector<StageTime> stages;
  ImagePartCounts image_parts;
  // Of job.video, pixels: the avatar's, the next even ones where those are odd. 0: no video
  int video_width = 0, video_height = 0;
  std::string to_json() const;  // all of it, with the machine, the avatar and the options
  std::string context_json;     // an object: avatar, engine options, machine
};

// Renders the whole job; outputs appear under their names only when whole. `progress` is called about ten
// times a second from the calling thread; returning false cancels. Errors: kBadInput (audio), kBadAvatar,
// kBadOutput, kBadUse (a range outside the speech; an output that is read), kCancelled.
FRAMEGEN_EXPORT Result<RenderReport> render(Engine& engine, std::shared_ptr<const Avatar> avatar,
                                            const RenderJob& job,
                                            const std::function<bool(const Progress&)>& progress = {});

}  // namespace framegen
