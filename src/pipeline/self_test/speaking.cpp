// speaking.cpp: an avatar speaks a moment, in both ways of calculating it.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "framegen/framegen.hpp"
#include "pipeline/self_test/check.hpp"

namespace framegen {
namespace {

constexpr int kFrames = 3;

struct Spoken {
  std::string backend;
  std::vector<std::vector<std::uint8_t>> frames;  // BGR
};

std::vector<std::uint8_t> pixels_of(const ImageView& picture) {
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < picture.height; ++y)
    pixels.insert(pixels.end(), picture.row(y), picture.row(y) + std::ptrdiff_t{3} * picture.width);
  return pixels;
}

Result<Spoken> speak(const std::filesystem::path& folder, Backend backend) {
  EngineOptions options;
  options.backend = backend;
  options.keep_image_parts_on_disk = false;
  Engine engine = FRAMEGEN_TRY(Engine::create(options));
  const auto avatar = FRAMEGEN_TRY(Avatar::open(engine, folder));
  Session session = FRAMEGEN_TRY(Session::create(avatar));
  FRAMEGEN_TRY(session.push(std::vector<float>(8000)));
  FRAMEGEN_TRY(session.finish());
  Spoken spoken{avatar->info().backend, {}};
  for (Frame frame; std::ssize(spoken.frames) < kFrames;) {
    const Pulled pulled = FRAMEGEN_TRY(session.pull(frame));
    if (pulled == Pulled::kFinished) break;
    if (pulled == Pulled::kFrame) spoken.frames.push_back(pixels_of(frame.bgr));
  }
  return spoken;
}

int largest_difference(const Spoken& a, const Spoken& b) {
  int largest = a.frames.size() == b.frames.size() ? 0 : 255;
  for (std::size_t f = 0; f < std::min(a.frames.size(), b.frames.size()); ++f)
    for (std::size_t i = 0; i < a.frames[f].size(); ++i)
      largest = std::max(largest, std::abs(a.frames[f][i] - b.frames[f][i]));
  return largest;
}

// What was seen; passes where `result.passed` says so.
void judge(const std::filesystem::path& avatar, SelfCheck& result) {
  const auto own = speak(avatar, Backend::kAuto);
  if (!own) {
    result.seen = own.error().message();
    return;
  }
  const auto other = own->backend.starts_with("native") ? speak(avatar, Backend::kOnnxRuntime) : own;
  result.passed = std::ssize(own->frames) == kFrames;
  result.seen = fmt::format("{} frames with {}", own->frames.size(), own->backend);
  if (!other || other->backend == own->backend) return;
  const int difference = largest_difference(*own, *other);
  result.passed = result.passed && difference <= 1;
  result.seen += fmt::format(", {} differs by {} at most, allowed 1", other->backend, difference);
}

}  // namespace

SelfCheck check_speaking(const std::filesystem::path& avatar) {
  return timed_check("avatar speaks", "install the avatar again, or name another: --avatar DIR",
                     [&](SelfCheck& result) { judge(avatar, result); });
}

}  // namespace framegen
