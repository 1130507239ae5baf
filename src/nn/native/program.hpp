// program.hpp: a graph turned into steps on planned memory: what a runner executes. Immutable and shared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "framegen/image.hpp"
#include "kernels/network/row_range.hpp"
#include "kernels/network/scaled_rows.hpp"

namespace framegen::native {

enum class Place : std::uint8_t {
  kArena,     // the runner's own memory
  kExternal,  // the caller's floats, [channels][height][width]
  kKept       // the image part, kept per template frame
};

// One tensor of batch 1, channels last except where external.
struct TensorPlan {
  std::string name;
  std::size_t height = 1, width = 1, channels = 1;
  Place place = Place::kArena;
  std::size_t offset = 0;  // bytes into the arena or the kept memory
  bool scaled = false;     // stored as scaled rows (kept tensors only)

  std::size_t pixels() const { return height * width; }
  std::size_t elements() const { return pixels() * channels; }
  ScaledRowsShape rows() const { return {height, width, channels}; }
  std::size_t bytes() const { return scaled ? rows().bytes() : elements() * sizeof(float); }
};

// Where one run finds its tensors.
struct Memory {
  std::vector<void*> tensors;  // by tensor number; null for an external output that nobody wants
  MutableImageView face;       // empty, or where the last step puts 8-bit pixels

  const float* floats(int tensor) const {
    return static_cast<const float*>(tensors[static_cast<std::size_t>(tensor)]);
  }
  float* out(int tensor) const { return static_cast<float*>(tensors[static_cast<std::size_t>(tensor)]); }
  const float* floats_or_null(int tensor) const { return tensor < 0 ? nullptr : floats(tensor); }
  // From row `first` on of a tensor of scaled rows.
  ConstScaledRows scaled(int tensor, const ScaledRowsShape& shape, std::size_t first) const {
    return scaled_out(tensor, shape, first);
  }
  ScaledRows scaled_out(int tensor, const ScaledRowsShape& shape, std::size_t first) const {
    const ScaledRows all = scaled_rows_in(tensors[static_cast<std::size_t>(tensor)], shape);
    return {all.integers + first * shape.width * shape.channels, all.scales + first * shape.channels};
  }
};

// Which share of a step's rows one thread does.
struct Part {
  std::size_t index = 0, count = 1;

  RowRange of(std::size_t rows) const { return {rows * index / count, rows * (index + 1) / count}; }
};

class Step {
 public:
  virtual ~Step() = default;
  virtual std::string_view kind() const = 0;
  virtual std::size_t scratch_floats() const { return 0; }
  // Parts of one step may run at the same time; a step may start when all parts of the one before are done.
  virtual void run(const Memory& memory, Part part, float* scratch) const = 0;

  std::string name;
  std::vector<int> reads;  // tensor numbers, −1 where an optional one is left out
  int writes = -1;
  std::int64_t macs = 0;
  std::size_t weight_bytes = 0;
  std::string
      watched;  // name of the weights of a dense convolution, whose input ranges can be measured; or empty
};

struct Program {
  std::vector<TensorPlan> tensors;
  std::vector<std::unique_ptr<const Step>> steps;
  std::vector<int> inputs;   // external tensors, in the order that was asked for
  std::vector<int> outputs;  // the same
  std::vector<int> kept;     // the same
  std::size_t arena_bytes = 0;
  std::size_t scratch_floats = 0;  // per thread
  int uncalibrated_layers = 0;     // that bytes would suit, were their ranges known

  std::size_t working_bytes(std::size_t threads) const {
    return arena_bytes + scratch_floats * sizeof(float) * threads;
  }
  std::size_t traffic_bytes(const Step& step) const;  // read and written, weights included
};

// Places the arena's tensors so that those alive at the same time do not overlap; sets arena_bytes.
void plan_arena(Program& program);

}  // namespace framegen::native
