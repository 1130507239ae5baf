// trial_jobs.hpp: a picture and a sound of no one, and room for faces: what a backend is tried with.
#pragma once

#include <span>
#include <vector>

#include "core/image.hpp"
#include "generator/backend.hpp"

namespace framegen {

class TrialJobs {
 public:
  // All of them alike. `template_frame`: 0 is a loop's, whose parts are kept.
  TrialJobs(const GeneratorShape& shape, int count, int template_frame);
  std::span<const GeneratorJob> list() const { return jobs_; }
  std::span<const Image> faces() const { return faces_; }

 private:
  Image picture_;
  std::vector<float> window_;
  std::vector<Image> faces_;
  std::vector<GeneratorJob> jobs_;
};

}  // namespace framegen
