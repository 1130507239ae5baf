// generator_shape.cpp: the generator's tensors, and the sizes of a job's views.
#include "generator/generator_shape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "kernels/pixels/image_to_tensor.hpp"

namespace framegen {

NetworkInfo network_info(const GeneratorShape& shape) {
  const std::int64_t size = shape.image_size;
  const auto [c, h, w] = shape.audio_window;
  return {{{shape.image_tensor, {-1, 6, size, size}}, {shape.audio_tensor, {-1, c, h, w}}},
          {{shape.output_tensor, {-1, 3, size, size}}}};
}

namespace {
bool is_picture(ImageView picture, int size) { return picture.width == size && picture.height == size; }
}  // namespace

void fill_image_input(const GeneratorShape& shape, const ImageInput& image, float* tensor) {
  image_to_tensor(image.inner, shape.mask, shape.masked_first, tensor);
  if (image.masked.empty()) return;
  // The avatar's own masked picture instead of the blanked copy.
  const auto pixels = static_cast<std::size_t>(shape.image_size) * static_cast<std::size_t>(shape.image_size);
  float* plane = tensor + (shape.masked_first ? 0 : 3 * pixels);
  for (int channel = 0; channel < 3; ++channel)
    for (int y = 0; y < shape.image_size; ++y)
      for (int x = 0; x < shape.image_size; ++x)
        *plane++ = static_cast<float>(image.masked.row(y)[3 * x + channel]) / 255.0F;
}

Status check_job(const GeneratorShape& shape, const GeneratorJob& job) {
  const int size = shape.image_size;
  const auto pixels = static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
  const auto [c, h, w] = shape.audio_window;
  const auto window = static_cast<std::size_t>(c) * static_cast<std::size_t>(h) * static_cast<std::size_t>(w);
  if (is_picture(job.image.inner, size) && (job.image.masked.empty() || is_picture(job.image.masked, size)) &&
      job.face.width == size && job.face.height == size && job.audio_window.size() == window &&
      (job.output.empty() || job.output.size() == 3 * pixels))
    return {};
  return Error{
      ErrorCode::kInternal, fmt::format("generator job of template frame {}", job.template_frame),
      fmt::format("crop {}×{}, face {}×{}, audio window of {} values where {}×{} and {} are expected",
                  job.image.inner.width, job.image.inner.height, job.face.width, job.face.height,
                  job.audio_window.size(), size, size, window),
      ""};
}

Result<int> jobs_at_once(int asked, int suiting, std::string_view whom) {
  if (asked < 0 || asked > kLargestBatch)
    return Error{ErrorCode::kBadUse, fmt::format("--batch {}", asked), "out of range",
                 fmt::format("use 1 … {}, or 0 for what suits {}", kLargestBatch, whom)};
  return asked == 0 ? suiting : asked;
}

Result<int> worker_threads(int asked) {
  constexpr int kMost = 1024;
  if (asked < 0 || asked > kMost)
    return Error{ErrorCode::kBadUse, fmt::format("--threads {}", asked), "out of range",
                 fmt::format("use 1 … {}, or 0 for one per core", kMost)};
  return asked > 0 ? asked : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace framegen
