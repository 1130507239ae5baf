// jpeg_encoder_bench.cpp: a speaking picture of ava as JPEG: whole, and with its face box alone coded
// anew. From the project's root.
#include <benchmark/benchmark.h>

#include <algorithm>

#include "core/files.hpp"
#include "media/image_decoder.hpp"
#include "pictures/jpeg_encoder.hpp"

namespace framegen::server {
namespace {

constexpr int kQuality = 85;
constexpr Rectangle kBox{492, 262, 296, 296};  // ava's first

struct Ava {
  Image picture;
  Frame frame;

  bool load() {
    const std::string file = "assets/avatars/ava/template/0.jpg";
    const auto bytes = read_file(file);
    if (!bytes || !ImageDecoder().decode(*bytes, file, picture)) return false;
    frame.width = picture.width();
    frame.height = picture.height();
    frame.box = kBox;
    frame.bgr = picture.view();
    return true;
  }
  void speak(int n) { std::fill_n(picture.view().crop(640, 480 + n % 8, 1, 1).data, 3, std::uint8_t{0}); }
};

void encode(benchmark::State& state, std::size_t budget, bool untouched) {
  Ava ava;
  if (!ava.load()) return state.SkipWithError("run it from the project's root: assets/avatars/ava is read");
  ava.frame.untouched = untouched;
  TemplateJpegStore store(budget);
  JpegEncoder encoder(kQuality, store.of(&store, 1, kQuality));
  int n = 0;
  std::size_t bytes = 0;
  for (auto _ : state) {
    if (!untouched) ava.speak(n++);
    const auto jpeg = encoder.encode(ava.frame);
    if (!jpeg) return state.SkipWithError("encoding failed");
    bytes = jpeg->bytes.size();
  }
  state.counters["bytes"] = static_cast<double>(bytes);
}
BENCHMARK_CAPTURE(encode, whole, 0, false);
BENCHMARK_CAPTURE(encode, spliced, std::size_t{1} << 24, false);
BENCHMARK_CAPTURE(encode, untouched, std::size_t{1} << 24, true);

}  // namespace
}  // namespace framegen::server
