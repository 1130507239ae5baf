// result.hpp: what framegen bench measures, and the figures that follow from it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace framegen::app {

using Json = nlohmann::ordered_json;

// One way of making faces: the words of the command line that choose it.
struct BenchRow {
  std::string name;
  std::vector<std::string> words;
};

// What one process measured in one round.
struct BenchRound {
  double prepare_s = 0;          // opening the avatar and warming up
  double generator_fps = 0;      // the generator alone, over inputs that lie ready
  double render_fps = 0;         // the whole program, frames thrown away
  double mp4_fps = 0;            // the whole program to MP4
  std::uint64_t peak_bytes = 0;  // resident, before the encoder starts
  std::uint64_t peak_with_encoder_bytes = 0;
};

// The same where every template frame is new: nothing that was made for one frame serves another, and
// decoding and cropping are inside the time.
struct NewFramesRound {
  double fps = 0;                // the whole program, frames thrown away
  double mp4_fps = 0;            // the whole program to MP4
  double cpu_s = 0;              // of all threads and the kernel, per frame thrown away
  std::uint64_t peak_bytes = 0;  // resident, before the encoder starts
};

// Of the face box; what lies outside it is the template's in every row.
struct BenchAgreement {
  std::int64_t frames = 0;
  double identical = 0;  // shares of the pixels
  double within_one = 0;
  int largest = 0;
  std::optional<double> psnr_db;  // none: every pixel is identical
  double ssim = 0;
  bool is_reference = false;
};

struct BenchRowResult {
  BenchRow row;
  std::string backend;  // as the engine names it: "native/avx3"
  int workers = 0, batch = 0;
  std::optional<std::uint64_t> weight_bytes, working_bytes,
      kept_bytes;                                 // all workers' together; kept: per template frame
  std::vector<std::optional<BenchRound>> rounds;  // by round; none: that one failed
  std::optional<BenchAgreement> agreement;
  std::vector<std::optional<NewFramesRound>> new_frames;  // by round, as above
  std::optional<BenchAgreement> new_frames_agreement;
  std::string not_run;  // why; empty: it ran
};

// Frames per second of the generator alone.
struct BenchSweepPoint {
  std::string row;
  std::string axis;  // "threads" or "batch"
  int value = 0;
  std::vector<double> fps;  // by round
};

struct BenchReport {
  Json machine, setup;  // printed as they are
  int frames = 0;       // that the report speaks of: "time for 250 frames"
  int distinct = 0;     // frames that were made where every template frame is new; 0: none
  double avatar_fps = 25;
  std::vector<BenchRowResult> rows;
  std::vector<BenchSweepPoint> sweep;
};

struct Spread {
  double median = 0, lowest = 0, highest = 0;
};

inline constexpr const char* kBaseline = "session-pool";  // every ratio is against it (docs/architecture.md)
inline constexpr const char* kOtherBaseline =
    "shared-session";                                // ours; what is new is held against the better
inline constexpr const char* kTruth = "sequential";  // every picture is compared with its

// None where there are no values.
std::optional<Spread> spread_of(std::vector<double> values);
std::optional<Spread> spread_of(const BenchRowResult& row, double BenchRound::*figure);
// Round by round against the baseline's same round, so that what the machine did meanwhile cancels.
std::optional<Spread> ratio_to_baseline(const BenchReport& report, const BenchRowResult& row,
                                        double BenchRound::*figure);
std::uint64_t peak_bytes(const BenchRowResult& row);
std::optional<Spread> spread_of(const BenchRowResult& row, double NewFramesRound::*figure);
// Round by round against the better of the two ways of ONNX Runtime in the same round; for seconds, how many
// times fewer.
std::optional<Spread> ratio_to_better(const BenchReport& report, const BenchRowResult& row,
                                      double NewFramesRound::*figure);

Json to_json(const BenchReport& report);
std::string to_markdown(const BenchReport& report);
std::string to_svg(const BenchReport& report);

}  // namespace framegen::app
