// least_memory_test.cpp: against what was measured: cgroups of 12 MB steps, the demo's first second to MP4.
#include "pipeline/speaking/least_memory.hpp"

#include <gtest/gtest.h>

namespace framegen {
namespace {

TEST(LeastMemory, IsWhatWasMeasured) {
  const NetworkBytes ava{6'200'000, 5'600'000}, full{48'600'000, 11'200'000};
  struct {
    NetworkBytes files;
    int threads;
    double megabytes;
  } const measured[] = {{ava, 1, 180}, {ava, 2, 200}, {ava, 4, 240}, {full, 2, 275}, {full, 4, 337}};
  for (const auto& one : measured)
    EXPECT_NEAR(static_cast<double>(least_memory_bytes(one.files, one.threads)) / 1e6, one.megabytes,
                0.08 * one.megabytes)
        << one.threads << " threads";
}

TEST(LeastMemory, WhoIsGivenLessIsToldBothNumbers) {
  EXPECT_TRUE(check_memory("no.onnx", "such.onnx", 1, 200'000'000));
  const Status refused = check_memory("no.onnx", "such.onnx", 2, 100'000'000);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kBadUse);
  EXPECT_EQ(refused.error().message(),
            "memory: this process may use 100 MB, this avatar needs about 178 MB with 2 threads; allow it "
            "more, or use fewer --threads");
}

}  // namespace
}  // namespace framegen
