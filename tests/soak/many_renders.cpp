// many_renders.cpp: COUNT short renders to MP4 in one process, through the library. Exit 1 if frames differ
// or memory grows.
//   many_renders AVATAR AUDIO COUNT
// The avatar is opened anew for every tenth of them. What counts, from the second opening to the last: the
// heap's blocks in use between renders, and the median of the resident sizes after each render (single ones
// go up and down by some per cent with what the C library keeps for threads that come and go).
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "framegen/framegen.hpp"
#include "live_blocks.hpp"

namespace framegen::test {
namespace {

constexpr int kOpenings = 10;

double resident_mb() {
  std::ifstream statm("/proc/self/statm");
  double all = 0, resident = 0;
  statm >> all >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1e6;
}

struct State {
  LiveBlocks heap;
  double resident = 0;
};

Result<std::string> render_once(Engine& engine, const std::shared_ptr<const Avatar>& avatar,
                                const std::filesystem::path& audio, const std::filesystem::path& folder) {
  RenderJob job;
  job.audio = audio;
  job.video = folder / "a.mp4";
  job.hash = folder / "a.txt";
  job.preset = "ultrafast";
  const RenderReport report = FRAMEGEN_TRY(render(engine, avatar, job));
  return report.frames_sha256;
}

// `count` renders by one engine and avatar; `states` gets one entry per render, taken when it is over.
Status one_opening(const std::filesystem::path& folder, char** words, int count, std::string& frames,
                   std::vector<State>& states) {
  EngineOptions options;
  options.threads = 2;
  Engine engine = FRAMEGEN_TRY(Engine::create(options));
  const auto avatar = FRAMEGEN_TRY(Avatar::open(engine, words[1]));
  for (int i = 0; i < count; ++i) {
    const std::string sha256 = FRAMEGEN_TRY(render_once(engine, avatar, words[2], folder));
    if (frames.empty()) frames = sha256;
    if (sha256 != frames)
      return Error{ErrorCode::kInternal, "render " + std::to_string(states.size()),
                   "other frames than before", ""};
    states.push_back({live_blocks(), resident_mb()});
  }
  return {};
}

double median_resident(std::span<const State> states) {
  std::vector<double> resident;
  for (const State& state : states) resident.push_back(state.resident);
  std::ranges::nth_element(resident, resident.begin() + std::ssize(resident) / 2);
  return resident[resident.size() / 2];
}

int run(char** words) {
  const int each = std::max(1, std::atoi(words[3]) / kOpenings);
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("many_renders-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::string frames;
  std::vector<State> states, between;  // after each render; after each opening has been closed
  states.reserve(static_cast<std::size_t>(each) * kOpenings);
  between.reserve(kOpenings);
  for (int opening = 0; opening < kOpenings; ++opening) {
    const Status status = one_opening(folder, words, each, frames, states);
    if (!status) {
      std::fprintf(stderr, "error: %s\n", status.error().message().c_str());
      return 1;
    }
    between.push_back({live_blocks(), resident_mb()});
  }
  std::filesystem::remove_all(folder);
  const auto show = [](const char* when, const State& first, const State& last) {
    std::printf("%s: %ld → %ld blocks, %.2f → %.2f MB in use, %.1f → %.1f MB resident\n", when,
                first.heap.blocks, last.heap.blocks, static_cast<double>(first.heap.bytes) / 1e6,
                static_cast<double>(last.heap.bytes) / 1e6, first.resident, last.resident);
  };
  // The last render of the second opening against the last of all: both at the same place of their opening.
  const std::size_t opening = static_cast<std::size_t>(each);
  State early = states[opening * 2 - 1], late = states.back();
  early.resident = median_resident(std::span(states).subspan(opening, opening));
  late.resident = median_resident(std::span(states).last(opening));
  std::printf("%zu renders, %s\n", states.size(), frames.c_str());
  show("avatar open, render over", early, late);
  show("avatar closed", between[1], between.back());
  const bool grown = between.back().heap.blocks > between[1].heap.blocks ||
                     late.heap.blocks > early.heap.blocks || late.resident > early.resident * 1.02;
  return grown ? 1 : 0;
}

}  // namespace
}  // namespace framegen::test

int main(int count, char** words) {
  if (count != 4) {
    std::fputs("many_renders AVATAR AUDIO COUNT\n", stderr);
    return 2;
  }
  return framegen::test::run(words);
}
