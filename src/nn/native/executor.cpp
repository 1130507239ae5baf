// executor.cpp: runs a program's steps one after the other.
#include "nn/native/executor.hpp"

#include <chrono>

namespace framegen::native {

Executor::Executor(const Program& program, Team& team)
    : program_(program),
      arena_(program.arena_bytes),
      scratch_(program.scratch_floats * team.size()),
      scratch_stride_(program.scratch_floats),
      team_(team),
      milliseconds_(program.steps.size(), 0.0) {
  memory_.tensors.resize(program.tensors.size(), nullptr);
  for (std::size_t t = 0; t < program.tensors.size(); ++t)
    if (program.tensors[t].place == Place::kArena)
      memory_.tensors[t] = arena_.data() + program.tensors[t].offset;
}

void Executor::set_kept(const std::byte* data) {
  for (const int t : program_.kept)
    memory_.tensors[static_cast<std::size_t>(t)] =
        const_cast<std::byte*>(data) + program_.tensors[static_cast<std::size_t>(t)].offset;
}

void Executor::look_at(const Step& step) {
  const TensorPlan& plan = program_.tensors[static_cast<std::size_t>(step.reads[0])];
  ranges_->add(step.watched, {memory_.floats(step.reads[0]), plan.elements()}, plan.channels);
}

void Executor::run_step(const Step& step) {
  if (ranges_ != nullptr && !step.watched.empty()) look_at(step);
  struct Call {
    Executor& executor;
    const Step& step;
  } call{*this, step};
  team_.run(
      [](void* context, std::size_t part) {
        const Call& c = *static_cast<Call*>(context);
        c.step.run(c.executor.memory_, {part, c.executor.team_.size()},
                   c.executor.scratch_.data() + part * c.executor.scratch_stride_);
      },
      &call);
}

void Executor::run() {
  if (!profiling_) {
    for (const auto& step : program_.steps) run_step(*step);
    return;
  }
  ++runs_;
  for (std::size_t s = 0; s < program_.steps.size(); ++s) {
    const auto start = std::chrono::steady_clock::now();
    run_step(*program_.steps[s]);
    milliseconds_[s] +=
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  }
}

std::vector<LayerTime> Executor::layer_times() const {
  std::vector<LayerTime> times;
  for (std::size_t s = 0; s < program_.steps.size(); ++s) {
    const Step& step = *program_.steps[s];
    const double mean = runs_ == 0 ? 0 : milliseconds_[s] / static_cast<double>(runs_);
    times.push_back({step.name, step.kind(), mean, step.macs, program_.traffic_bytes(step)});
  }
  return times;
}

}  // namespace framegen::native
