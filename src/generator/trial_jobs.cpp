// trial_jobs.cpp: waves that every part of a network answers to.
#include "generator/trial_jobs.hpp"

#include <cmath>
#include <cstdint>

namespace framegen {

TrialJobs::TrialJobs(const GeneratorShape& shape, int count, int template_frame)
    : picture_(shape.image_size, shape.image_size),
      window_(static_cast<std::size_t>(shape.audio_window[0]) *
              static_cast<std::size_t>(shape.audio_window[1]) *
              static_cast<std::size_t>(shape.audio_window[2])) {
  for (std::size_t i = 0; i < picture_.bytes(); ++i)
    picture_.data()[i] = static_cast<std::uint8_t>(128 + 100 * std::sin(static_cast<double>(i) * 0.003));
  for (std::size_t i = 0; i < window_.size(); ++i) window_[i] = std::sin(static_cast<float>(i) * 0.71f);
  for (int k = 0; k < count; ++k) faces_.emplace_back(shape.image_size, shape.image_size);
  for (Image& face : faces_) {
    GeneratorJob& job = jobs_.emplace_back();
    job.template_frame = template_frame;
    job.image = ImageInput(picture_.view());
    job.audio_window = window_;
    job.face = face;
  }
}

}  // namespace framegen
