// steady_state_test.cpp: after the first call of a batch size, our own code allocates nothing.
#include <gtest/gtest.h>

#include <span>
#include <vector>

#include "generator/device_backend.hpp"
#include "generator/native_backend.hpp"
#include "generator/onnxruntime_backend.hpp"
#include "generator/test_models.hpp"
#include "support/allocations.hpp"

namespace framegen {
namespace {

// What five rounds of all jobs take, after a first one.
test::Allocations of_a_steady_state(GeneratorBackend& backend, std::span<const GeneratorJob> jobs) {
  const auto worker = backend.make_worker();
  EXPECT_TRUE(worker && (*worker)->run(jobs));
  const test::AllocationCounter counter;
  bool all_made = true;
  for (int k = 0; k < 5; ++k) all_made &= (*worker)->run(jobs).ok();
  const test::Allocations made_by = counter.count();
  EXPECT_TRUE(all_made);
  return made_by;
}

TEST(OnnxRuntimeBackend, AllocatesNothingInASteadyState) {
  const auto made =
      make_onnxruntime_backend(test::seeded_models(0.5) / "generator.onnx", {}, {.threads = 1, .batch = 2});
  if (!made && made.error().what.find("built without") != std::string::npos)
    GTEST_SKIP() << made.error().message();
  ASSERT_TRUE(made) << made.error().message();
  test::Jobs jobs(2);
  const test::Allocations made_by = of_a_steady_state(**made, jobs.list());
  EXPECT_EQ(made_by.ours, 0);
  EXPECT_GT(made_by.theirs, 0) << "the counter does not see ONNX Runtime: is it still in place?";
}

TEST(NativeBackend, AllocatesNothingInASteadyState) {
  const auto made = make_native_backend(test::seeded_models(0.5) / "generator.onnx", {}, {.threads = 1});
  ASSERT_TRUE(made) << made.error().message();
  test::Jobs jobs(2);
  const test::Allocations made_by = of_a_steady_state(**made, jobs.list());
  EXPECT_EQ(made_by.ours, 0);
  EXPECT_EQ(made_by.theirs, 0);
}

TEST(DeviceBackend, AllocatesNothingInASteadyState) {
  const auto made = make_device_backend(test::seeded_models(0.5) / "generator.onnx", {},
                                        {.provider = OnnxRuntimeProvider::kCpu, .threads = 1, .batch = 2});
  if (!made && made.error().what.find("built without") != std::string::npos)
    GTEST_SKIP() << made.error().message();
  ASSERT_TRUE(made) << made.error().message();
  test::Jobs jobs(4);
  std::vector<GeneratorJob> list = jobs.list();
  for (GeneratorJob& job : list) job.output = {};
  EXPECT_EQ(of_a_steady_state(**made, list).ours, 0);
}

}  // namespace
}  // namespace framegen
