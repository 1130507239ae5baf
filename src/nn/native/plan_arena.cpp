// plan_arena.cpp: who may lie where in a worker's memory: tensors share it over time.
#include <algorithm>

#include "core/aligned_buffer.hpp"
#include "nn/native/program.hpp"

namespace framegen::native {
namespace {

struct Life {
  std::size_t tensor = 0, first = 0, last = 0, bytes = 0;  // steps, both inclusive
};

std::vector<Life> lives(const Program& program) {
  std::vector<Life> all(program.tensors.size());
  std::vector<bool> seen(all.size(), false);
  for (std::size_t s = 0; s < program.steps.size(); ++s) {
    std::vector<int> touched = program.steps[s]->reads;
    touched.push_back(program.steps[s]->writes);
    for (const int t : touched) {
      if (t < 0 || program.tensors[static_cast<std::size_t>(t)].place != Place::kArena) continue;
      Life& life = all[static_cast<std::size_t>(t)];
      if (!seen[static_cast<std::size_t>(t)]) life = {static_cast<std::size_t>(t), s, s, 0};
      seen[static_cast<std::size_t>(t)] = true;
      life.last = s;
      const std::size_t bytes = program.tensors[static_cast<std::size_t>(t)].bytes();
      life.bytes = (bytes + kBufferAlignment - 1) / kBufferAlignment * kBufferAlignment;
    }
  }
  std::erase_if(all, [](const Life& life) { return life.bytes == 0; });
  return all;
}

}  // namespace

// Largest first, each at the lowest place where it meets nobody of its time: near the optimum for chains.
void plan_arena(Program& program) {
  std::vector<Life> order = lives(program);
  std::stable_sort(order.begin(), order.end(),
                   [](const Life& a, const Life& b) { return a.bytes > b.bytes; });
  std::vector<Life> placed;  // by offset
  const auto offset_of = [&](const Life& life) { return program.tensors[life.tensor].offset; };
  program.arena_bytes = 0;
  for (const Life& life : order) {
    std::size_t offset = 0;
    for (const Life& other : placed) {
      if (other.last < life.first || life.last < other.first) continue;
      if (offset + life.bytes <= offset_of(other)) break;
      offset = std::max(offset, offset_of(other) + other.bytes);
    }
    program.tensors[life.tensor].offset = offset;
    program.arena_bytes = std::max(program.arena_bytes, offset + life.bytes);
    placed.insert(std::upper_bound(placed.begin(), placed.end(), offset,
                                   [&](std::size_t at, const Life& other) { return at < offset_of(other); }),
                  life);
  }
}

std::size_t Program::traffic_bytes(const Step& step) const {
  std::size_t bytes = step.weight_bytes;
  for (const int t : step.reads)
    if (t >= 0) bytes += tensors[static_cast<std::size_t>(t)].bytes();
  return step.writes < 0 ? bytes : bytes + tensors[static_cast<std::size_t>(step.writes)].bytes();
}

}  // namespace framegen::native
