// run.hpp: videos and frame folders measured against the first of them, frame by frame.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "framegen/result.hpp"
#include "quality/metrics.hpp"

namespace framegen::app {

struct CompareJob {
  std::vector<std::filesystem::path> files;  // the first is what the others are measured against
  std::filesystem::path avatar = {};         // its face boxes are measured too; empty: whole pictures alone
  int start_frame = 0;                       // with which the avatar was rendered
  std::int64_t first_frame = 0;              // of the whole speech, where the files hold a range of it
  std::filesystem::path video = {};          // all files beside each other; empty: none
  std::filesystem::path heatmaps = {};       // a folder of pictures of the differences; empty: none
  bool overwrite_heatmaps = false;           // that folder may hold pictures of an earlier run
  bool scale = false;                        // pictures of another size are scaled to the first's
  bool mark = true;                          // --no-mark
};

struct FrameMetrics {
  PictureMetrics picture;
  std::optional<PictureMetrics> box;
};

struct ComparedFile {
  std::string file;
  bool lossy = false;  // this file, or the first: equal frames may read unequal
  MetricsSum picture, box;
  std::vector<FrameMetrics> frames;
};

struct CompareResult {
  std::int64_t frames = 0;
  bool with_boxes = false;
  bool reference_lossy = false;
  std::vector<std::string> longer;  // files that go on after the last frame that all have
  std::vector<ComparedFile> files;  // without the first
};

// `progress` gets the number of frames done; false cancels. Errors: kBadUse, kBadInput, kBadAvatar,
// kBadOutput, kCancelled.
Result<CompareResult> run_compare(const CompareJob& job,
                                  const std::function<bool(std::int64_t)>& progress = {});

}  // namespace framegen::app
