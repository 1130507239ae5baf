// generator.hpp: the generator alone: inputs made ready beforehand, nothing done with the faces.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/aligned_buffer.hpp"
#include "pipeline/speaking/speaker.hpp"

namespace framegen::app {

class GeneratorBench {
 public:
  // Makes the audio windows and template frames of the first `frames` output frames ready. Errors: the
  // speech's, the avatar's, kBadInput where the speech is too short.
  static Result<GeneratorBench> create(const Speaker& speaker, const std::filesystem::path& audio,
                                       int frames);

  // Every worker makes a batch, and every template frame's image part is computed where the backend keeps
  // them.
  Status warm_up();
  // All frames, by all of the backend's workers. Seconds.
  Result<double> run();

 private:
  struct Input {
    int template_frame = 0;
    std::shared_ptr<const PreparedFrame> prepared;
    AlignedBuffer<float> window;
  };
  GeneratorBench(const Speaker& speaker, std::vector<Input> inputs);
  Result<double> run(const std::vector<int>& inputs);
  Status run_worker(int worker, const std::vector<int>& inputs, std::atomic<std::size_t>& next);

  const Speaker* speaker_;
  std::vector<Input> inputs_;
  std::vector<AlignedBuffer<std::uint8_t>> faces_;  // a batch per worker
};

}  // namespace framegen::app
