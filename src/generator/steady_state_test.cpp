// steady_state_test.cpp: after the first call of a batch size, our own code allocates nothing.
#include <gtest/gtest.h>

#include "generator/native_backend.hpp"
#include "generator/onnxruntime_backend.hpp"
#include "generator/test_models.hpp"
#include "support/allocations.hpp"

namespace framegen {
namespace {

TEST(OnnxRuntimeBackend, AllocatesNothingInASteadyState) {
  const auto made =
      make_onnxruntime_backend(test::seeded_models(0.5) / "generator.onnx", {}, {.threads = 1, .batch = 2});
  if (!made && made.error().what.find("built without") != std::string::npos)
    GTEST_SKIP() << made.error().message();
  ASSERT_TRUE(made) << made.error().message();
  const auto worker = (*made)->make_worker();
  ASSERT_TRUE(worker);
  test::Jobs jobs(2);
  const auto list = jobs.list();
  ASSERT_TRUE((*worker)->run(list));
  const test::AllocationCounter counter;
  bool all_made = true;
  for (int k = 0; k < 5; ++k) all_made &= (*worker)->run(list).ok();
  const test::Allocations made_by = counter.count();
  EXPECT_TRUE(all_made);
  EXPECT_EQ(made_by.ours, 0);
  EXPECT_GT(made_by.theirs, 0) << "the counter does not see ONNX Runtime: is it still in place?";
}

TEST(NativeBackend, AllocatesNothingInASteadyState) {
  const auto made = make_native_backend(test::seeded_models(0.5) / "generator.onnx", {}, {.threads = 1});
  ASSERT_TRUE(made) << made.error().message();
  const auto worker = (*made)->make_worker();
  ASSERT_TRUE(worker);
  test::Jobs jobs(2);
  const auto list = jobs.list();
  ASSERT_TRUE((*worker)->run(list));
  const test::AllocationCounter counter;
  bool all_made = true;
  for (int k = 0; k < 5; ++k) all_made &= (*worker)->run(list).ok();
  const test::Allocations made_by = counter.count();
  EXPECT_TRUE(all_made);
  EXPECT_EQ(made_by.ours, 0);
  EXPECT_EQ(made_by.theirs, 0);
}

}  // namespace
}  // namespace framegen
