// device_backend_test.cpp: the cut generator, run by ONNX Runtime's CPU provider as a device would, makes the
// reference's faces, whatever the batch, the workers and the memory. On a GPU: tests/gpu.
#include "generator/device_backend.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "generator/device_networks.hpp"
#include "generator/onnxruntime_backend.hpp"
#include "generator/test_models.hpp"
#include "support/golden.hpp"

namespace framegen {
namespace {

#define SKIP_WITHOUT_ONNXRUNTIME()                                             \
  if (const auto there = describe_onnxruntime();                               \
      !there && there.error().what.find("built without") != std::string::npos) \
  GTEST_SKIP() << there.error().message()

constexpr OnnxRuntimeProvider kStandIn = OnnxRuntimeProvider::kCpu;

std::unique_ptr<GeneratorBackend> device(DeviceBackendOptions options, double width = 0.5) {
  options.provider = kStandIn;
  auto made = make_device_backend(test::seeded_models(width) / "generator.onnx", {}, options);
  EXPECT_TRUE(made.ok()) << (made ? "" : made.error().message());
  return made ? *std::move(made) : nullptr;
}

// Jobs of three template frames in turn.
std::vector<GeneratorJob> of_a_loop(test::Jobs& jobs, bool with_output) {
  std::vector<GeneratorJob> list = jobs.list();
  for (std::size_t i = 0; i < list.size(); ++i) {
    list[i].template_frame = static_cast<int>(i % 3);
    list[i].image = jobs.inner[i % 3];
    if (!with_output) list[i].output = {};
  }
  return list;
}

std::vector<Image> faces(GeneratorBackend& backend, std::size_t count, std::size_t callers = 1) {
  test::Jobs jobs(count);
  const std::vector<GeneratorJob> list = of_a_loop(jobs, false);
  std::vector<std::thread> threads;
  for (std::size_t c = 0; c < callers; ++c)
    threads.emplace_back([&, c] {
      const auto worker = backend.make_worker();
      ASSERT_TRUE(worker.ok());
      for (std::size_t i = c; i < count; i += callers) EXPECT_TRUE((*worker)->run({&list[i], 1}).ok());
    });
  for (std::thread& thread : threads) thread.join();
  return std::move(jobs.faces);
}

void expect_same(const std::vector<Image>& a, const std::vector<Image>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t k = 0; k < a.size(); ++k)
    EXPECT_TRUE(std::equal(a[k].data(), a[k].data() + a[k].bytes(), b[k].data())) << "face " << k;
}

TEST(DeviceBackend, EqualsTheReference) {
  SKIP_WITHOUT_ONNXRUNTIME();
  const auto backend = device({.threads = 1, .batch = 1});
  ASSERT_TRUE(backend);
  EXPECT_EQ(backend->name(), "device/cpu");
  const auto worker = backend->make_worker();
  test::Jobs jobs(1);
  ASSERT_TRUE(worker && (*worker)->run(jobs.list()));
  EXPECT_TRUE(test::near(jobs.outputs[0], test::golden_floats("net/output_w0.5.npy"), 1e-4F));
  for (std::size_t c = 0; c < 3; ++c)
    for (std::size_t i = 0; i < 320 * 320; ++i)
      ASSERT_EQ(jobs.faces[0].data()[3 * i + c],
                static_cast<int>(jobs.outputs[0][c * 320 * 320 + i] * 255.0F));
}

TEST(DeviceBackend, FacesAreTheSameForAnyBatchAndNumberOfCallers) {
  SKIP_WITHOUT_ONNXRUNTIME();
  const auto alone = device({.threads = 1, .batch = 1}), three = device({.threads = 3, .batch = 3});
  ASSERT_TRUE(alone && three);
  EXPECT_EQ(three->note(), "");
  const auto expected = faces(*alone, 7);
  expect_same(faces(*three, 7), expected);
  expect_same(faces(*three, 7, 4), expected);
  EXPECT_EQ(three->part_counts().computed, 3u) << "an image part for each template frame, and no more";
}

TEST(DeviceBackend, AFullBatchIsTheSameFaces) {
  SKIP_WITHOUT_ONNXRUNTIME();
  const auto alone = device({.threads = 1, .batch = 1}), three = device({.threads = 1, .batch = 3});
  ASSERT_TRUE(alone && three);
  test::Jobs jobs(5);
  const auto worker = three->make_worker();
  ASSERT_TRUE((*worker)->run(of_a_loop(jobs, true)));
  expect_same(jobs.faces, faces(*alone, 5));
  for (std::size_t i = 0; i < 320 * 320; ++i)  // the numbers of the batch's last are its own
    ASSERT_EQ(jobs.faces[2].data()[3 * i], static_cast<int>(jobs.outputs[2][i] * 255.0F));
}

TEST(DeviceBackend, KeepsNoMoreThanItsBudgetAndNothingOfWhatIsSeenOnce) {
  SKIP_WITHOUT_ONNXRUNTIME();
  const auto plenty = device({.threads = 1, .batch = 1});
  ASSERT_TRUE(plenty);
  const std::uint64_t part = plenty->memory().kept_bytes;
  EXPECT_GT(part, 0u);
  const auto two = device({.threads = 1, .batch = 1, .memory_budget_bytes = 2 * part});
  const auto none = device({.threads = 1, .batch = 1, .memory_budget_bytes = part - 1});
  const auto expected = faces(*plenty, 6);
  expect_same(faces(*two, 6), expected);
  expect_same(faces(*none, 6), expected);
  EXPECT_EQ(two->part_counts().computed, 6u) << "three frames in turn, and room for two";
  EXPECT_EQ(none->part_counts().computed, 0u);
  EXPECT_EQ(none->part_counts().in_memory, 0u);

  test::Jobs jobs(2);
  std::vector<GeneratorJob> once = of_a_loop(jobs, false);
  for (GeneratorJob& job : once) job.template_frame = 1, job.image = jobs.inner[1], job.seen_again = false;
  const auto before = plenty->part_counts();
  ASSERT_TRUE((*plenty->make_worker())->run(once));
  EXPECT_EQ(plenty->part_counts().computed, before.computed);
  EXPECT_EQ(plenty->part_counts().at_once, before.at_once + 2);
}

TEST(DeviceBackend, HalfPrecisionIsWithinTwoHundredths) {
  SKIP_WITHOUT_ONNXRUNTIME();
  const auto half = device({.threads = 1, .batch = 1, .half = true});
  ASSERT_TRUE(half);
  EXPECT_EQ(half->name(), "device/cpu/fp16");
  EXPECT_EQ(half->precision(), "fp16");
  const auto single = device({.threads = 1, .batch = 1});
  EXPECT_EQ(half->memory().kept_bytes * 2, single->memory().kept_bytes);
  const auto worker = half->make_worker();
  test::Jobs jobs(1);
  ASSERT_TRUE(worker && (*worker)->run(jobs.list()));
  EXPECT_TRUE(test::near(jobs.outputs[0], test::golden_floats("net/output_w0.5.npy"), 2e-2F));
}

TEST(DeviceBackend, RefusesWhatIsNotThere) {
  EXPECT_EQ(make_device_backend("g.onnx", {}, {.batch = 65}).error().where, "--batch 65");
  EXPECT_EQ(make_device_backend("/nowhere/g.onnx", {}, {}).error().code, ErrorCode::kBadAvatar);
  GeneratorShape other;
  other.audio_tensor = "sound";
  const auto misfit = device_networks(test::seeded_models(0.5) / "generator.onnx", other, 1, false);
  ASSERT_FALSE(misfit.ok());
  EXPECT_EQ(misfit.error().code, ErrorCode::kBadAvatar);
}

}  // namespace
}  // namespace framegen
