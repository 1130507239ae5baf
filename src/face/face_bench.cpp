#include <benchmark/benchmark.h>

#include <algorithm>

#include "face/crop.hpp"
#include "face/paste.hpp"
#include "support/random.hpp"

namespace framegen {
namespace {

Image noise(int width, int height) {
  Image image(width, height);
  std::ranges::copy(test::random_bytes(image.bytes(), 1), image.data());
  return image;
}

void crop_412(benchmark::State& state) {
  const Image frame = noise(1280, 720);
  Image crop(328, 328);
  for (auto _ : state) {
    if (!crop_face(frame, {460, 181, 412, 412}, {}, crop)) state.SkipWithError("crop failed");
    benchmark::DoNotOptimize(crop.data());
  }
}
BENCHMARK(crop_412);

void paste_412(benchmark::State& state) {
  Image frame = noise(1280, 720);
  const Image crop = noise(328, 328), face = noise(320, 320);
  PasteScratch scratch;
  for (auto _ : state) {
    if (!paste_face(crop, face, {}, scratch, frame.view().crop(460, 181, 412, 412)))
      state.SkipWithError("paste failed");
    benchmark::DoNotOptimize(frame.data());
  }
}
BENCHMARK(paste_412);

}  // namespace
}  // namespace framegen
