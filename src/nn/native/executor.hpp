// executor.hpp: one worker's memory for one program, and the loop over its steps.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/aligned_buffer.hpp"
#include "framegen/image.hpp"
#include "nn/native/channel_ranges.hpp"
#include "nn/native/profile.hpp"
#include "nn/native/program.hpp"
#include "nn/native/team.hpp"

namespace framegen::native {

// One thread at a time calls it; with a team, the steps' rows are shared by its threads.
class Executor {
 public:
  // Throws std::bad_alloc. `program` and `team` outlive it; executors that take turns may share a team.
  Executor(const Program& program, Team& team);

  void set_input(std::size_t i, const float* data) { set(program_.inputs[i], const_cast<float*>(data)); }
  void set_output(std::size_t i, float* data) { set(program_.outputs[i], data); }
  void set_face(MutableImageView face) { memory_.face = face; }
  // The kept memory, aligned to 64 bytes.
  void set_kept(const std::byte* data);
  // Allocates nothing.
  void run();

  std::size_t bytes() const { return arena_.size() + scratch_.size() * sizeof(float); }
  void profile(bool on) { profiling_ = on; }
  // Puts the ranges of what dense convolutions read into `ranges` from now on, which takes memory; null: no
  // more.
  void watch(ChannelRanges* ranges) { ranges_ = ranges; }
  // What the steps took since the profile was switched on; resets nothing.
  std::vector<LayerTime> layer_times() const;

 private:
  void set(int tensor, float* data) { memory_.tensors[static_cast<std::size_t>(tensor)] = data; }
  void run_step(const Step& step);
  void look_at(const Step& step);

  const Program& program_;
  AlignedBuffer<std::byte> arena_;
  AlignedBuffer<float> scratch_;
  std::size_t scratch_stride_;
  Memory memory_;
  Team& team_;
  ChannelRanges* ranges_ = nullptr;
  bool profiling_ = false;
  std::vector<double> milliseconds_;  // by step, summed
  std::int64_t runs_ = 0;
};

}  // namespace framegen::native
