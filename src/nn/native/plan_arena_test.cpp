// plan_arena_test.cpp: tensors alive at the same time never overlap, and memory is shared over time.
#include <gtest/gtest.h>

#include <algorithm>

#include "core/aligned_buffer.hpp"
#include "nn/native/program.hpp"
#include "support/random.hpp"

namespace framegen::native {
namespace {

class Touch : public Step {
 public:
  Touch(std::vector<int> in, int out) { reads = std::move(in), writes = out; }
  std::string_view kind() const override { return "touch"; }
  void run(const Memory&, Part, float*) const override {}
};

Program chain(const std::vector<std::size_t>& sizes) {
  Program program;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    TensorPlan plan;
    plan.channels = sizes[i];
    program.tensors.push_back(plan);
    std::vector<int> reads;
    if (i > 0) reads.push_back(static_cast<int>(i) - 1);
    if (i > 3) reads.push_back(static_cast<int>(i) - 4);  // a skip
    program.steps.push_back(std::make_unique<Touch>(reads, static_cast<int>(i)));
  }
  return program;
}

TEST(PlanArena, KeepsApartWhatIsAliveAtTheSameTime) {
  const auto random = test::random_bytes(60, 7);
  std::vector<std::size_t> sizes;
  for (const std::uint8_t r : random) sizes.push_back(1 + r);
  Program program = chain(sizes);
  plan_arena(program);
  std::size_t all = 0;
  for (std::size_t a = 0; a < sizes.size(); ++a) {
    all += program.tensors[a].bytes();
    EXPECT_EQ(program.tensors[a].offset % kBufferAlignment, 0U);
    EXPECT_LE(program.tensors[a].offset + program.tensors[a].bytes(), program.arena_bytes);
    const std::size_t last =
        a + 4 < sizes.size() ? a + 4 : std::min(a + 1, sizes.size() - 1);  // its last reader
    for (std::size_t b = a + 1; b <= last; ++b) {
      const TensorPlan &first = program.tensors[a], &second = program.tensors[b];
      EXPECT_TRUE(first.offset + first.bytes() <= second.offset ||
                  second.offset + second.bytes() <= first.offset)
          << a << " and " << b;
    }
  }
  EXPECT_LT(program.arena_bytes, all / 3);
}

TEST(PlanArena, ChainOfTwoNeedsTwo) {
  Program program = chain({16, 16, 16, 16});
  plan_arena(program);
  EXPECT_EQ(program.arena_bytes, 2 * 64U);
}

}  // namespace
}  // namespace framegen::native
