#include <benchmark/benchmark.h>

#include <cstring>
#include <stdexcept>
#include <vector>

#include "kernels/pixels/bgr_to_i420.hpp"
#include "kernels/pixels/face_to_u8.hpp"
#include "kernels/pixels/image_to_tensor.hpp"
#include "kernels/pixels/resize_cubic.hpp"
#include "support/random.hpp"

namespace framegen {
namespace {

constexpr int kSize = 320;
constexpr std::size_t kPixels = std::size_t{kSize} * kSize;
constexpr Rectangle kMask{5, 5, 310, 305};

// A fast wrong answer is no answer.
template <class T>
void verify(const std::vector<T>& actual, const std::vector<T>& expected) {
  if (std::memcmp(actual.data(), expected.data(), actual.size() * sizeof(T)) != 0)
    throw std::runtime_error("the kernel differs from the reference");
}

void image_to_tensor_320(benchmark::State& state) {
  const auto pixels = test::random_bytes(3 * kPixels, 1);
  const ImageView view{pixels.data(), kSize, kSize, 3 * kSize};
  std::vector<float> expected(6 * kPixels), actual(6 * kPixels);
  reference::image_to_tensor(view, kMask, false, expected.data());
  image_to_tensor(view, kMask, false, actual.data());
  verify(actual, expected);
  for (auto _ : state) {
    image_to_tensor(view, kMask, false, actual.data());
    benchmark::DoNotOptimize(actual.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kPixels * (3 + 24)));
}
BENCHMARK(image_to_tensor_320);

void face_to_u8_320(benchmark::State& state) {
  const auto face = test::random_floats(3 * kPixels, 0.0f, 1.0f, 1);
  std::vector<std::uint8_t> expected(3 * kPixels), actual(3 * kPixels);
  reference::face_to_u8(face.data(), {expected.data(), kSize, kSize, 3 * kSize});
  face_to_u8(face.data(), {actual.data(), kSize, kSize, 3 * kSize});
  verify(actual, expected);
  for (auto _ : state) {
    face_to_u8(face.data(), {actual.data(), kSize, kSize, 3 * kSize});
    benchmark::DoNotOptimize(actual.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kPixels * (3 + 12)));
}
BENCHMARK(face_to_u8_320);

void bgr_to_i420_square(benchmark::State& state) {
  const int size = static_cast<int>(state.range(0));
  const auto n = static_cast<std::size_t>(size * size);
  const auto pixels = test::random_bytes(3 * n, 1);
  const ImageView view{pixels.data(), size, size, std::ptrdiff_t{3} * size};
  std::vector<std::uint8_t> expected(n * 3 / 2), actual(n * 3 / 2);
  const auto planes = [&](std::vector<std::uint8_t>& bytes) {
    return MutableI420View{
        {bytes.data(), bytes.data() + n, bytes.data() + n * 5 / 4}, {size, size / 2, size / 2}, size, size};
  };
  reference::bgr_to_i420(view, 0, 0, planes(expected));
  bgr_to_i420(view, 0, 0, planes(actual));
  verify(actual, expected);
  for (auto _ : state) {
    bgr_to_i420(view, 0, 0, planes(actual));
    benchmark::DoNotOptimize(actual.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(n * 9 / 2));
}
BENCHMARK(bgr_to_i420_square)->Arg(412)->Arg(960);

void resize_cubic_from_328(benchmark::State& state) {
  const int size = static_cast<int>(state.range(0));
  constexpr int kCrop = 328;
  const auto pixels = test::random_bytes(std::size_t{3} * kCrop * kCrop, 1);
  const LaidPicture from{{pixels.data(), kCrop, kCrop, 3 * kCrop}, {}, 0};
  std::vector<std::uint8_t> expected(static_cast<std::size_t>(3 * size * size)), actual(expected.size());
  const MutableImageView to{actual.data(), size, size, std::ptrdiff_t{3} * size};
  CubicScratch scratch;
  scratch.fit(from.outer, to);
  reference::resize_cubic(from, {expected.data(), size, size, std::ptrdiff_t{3} * size});
  resize_cubic(from, scratch, to);
  verify(actual, expected);
  for (auto _ : state) {
    resize_cubic(from, scratch, to);
    benchmark::DoNotOptimize(actual.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(actual.size()));
}
BENCHMARK(resize_cubic_from_328)->Arg(200)->Arg(412);

}  // namespace
}  // namespace framegen
