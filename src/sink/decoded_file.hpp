// decoded_file.hpp: for tests: a written video read back by FFmpeg, as times, brightness, samples and tags.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace framegen::test {

struct DecodedFile {
  // Picture. One entry per frame, in the order of showing.
  std::vector<double> times;  // seconds
  std::vector<double> lumas;  // mean of the Y plane
  double video_seconds = 0;   // as the file's index says
  int width = 0, height = 0;
  std::string primaries, transfer, matrix, range, chroma;
  // Sound.
  bool has_sound = false;
  int rate = 0, channels = 0;
  double sound_start = 0;      // time of samples[0]
  double sound_seconds = 0;    // as the file's index says
  std::vector<float> samples;  // first channel
  std::string comment;
};

// Fails the running test where the file cannot be read.
DecodedFile decode_file(const std::filesystem::path& path);

// 16-bit PCM WAV, interleaved samples −1…1.
void write_wav(const std::filesystem::path& path, int rate, int channels, const std::vector<float>& samples);

// Names of the file's top-level boxes, in order, each with its bytes. Fails the test where they do not fill
// the file.
std::vector<std::pair<std::string, std::string>> top_level_boxes(const std::filesystem::path& mp4);

}  // namespace framegen::test
