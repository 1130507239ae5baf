// generator_shape.cpp: the generator's tensors, and the sizes of a job's views.
#include "generator/generator_shape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

namespace framegen {

NetworkInfo network_info(const GeneratorShape& shape) {
  const std::int64_t size = shape.image_size;
  const auto [c, h, w] = shape.audio_window;
  return {{{shape.image_tensor, {-1, 6, size, size}}, {shape.audio_tensor, {-1, c, h, w}}},
          {{shape.output_tensor, {-1, 3, size, size}}}};
}

Status check_job(const GeneratorShape& shape, const GeneratorJob& job) {
  const int size = shape.image_size;
  const auto pixels = static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
  const auto [c, h, w] = shape.audio_window;
  const auto window = static_cast<std::size_t>(c) * static_cast<std::size_t>(h) * static_cast<std::size_t>(w);
  if (job.inner.width == size && job.inner.height == size && job.face.width == size &&
      job.face.height == size && job.audio_window.size() == window &&
      (job.output.empty() || job.output.size() == 3 * pixels))
    return {};
  return Error{
      ErrorCode::kInternal, fmt::format("generator job of template frame {}", job.template_frame),
      fmt::format("crop {}×{}, face {}×{}, audio window of {} values where {}×{} and {} are expected",
                  job.inner.width, job.inner.height, job.face.width, job.face.height, job.audio_window.size(),
                  size, size, window),
      ""};
}

Result<int> worker_threads(int asked) {
  constexpr int kMost = 1024;
  if (asked < 0 || asked > kMost)
    return Error{ErrorCode::kBadUse, fmt::format("--threads {}", asked), "out of range",
                 fmt::format("use 1 … {}, or 0 for one per core", kMost)};
  return asked > 0 ? asked : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace framegen
