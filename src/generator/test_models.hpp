// test_models.hpp: seeded models in a folder of their own, and the golden job (for tests of src/generator).
#pragma once

#include <filesystem>
#include <vector>

#include "core/image.hpp"
#include "generator/backend.hpp"

namespace framegen::test {

// A folder that is there as long as the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// generator.onnx and audio_encoder.onnx, seed 1; written at the first call, kept until the program ends.
const std::filesystem::path& seeded_models(double width);

// The golden input picture (net/input_u8.npy) as 320×320 BGR.
Image golden_inner();

// Jobs with pictures and windows of their own, and room for what they make.
struct Jobs {
  explicit Jobs(std::size_t count);
  std::vector<GeneratorJob> list();  // with `output` set

  std::vector<Image> inner, faces;
  std::vector<std::vector<float>> windows, outputs;
};

}  // namespace framegen::test
