// native_backend_test.cpp: our kernels equal the reference, whoever computed the image part and wherever it
// was kept.
#include "generator/native_backend.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "core/files.hpp"
#include "generator/test_models.hpp"
#include "nn/graph/graph.hpp"
#include "support/golden.hpp"

namespace framegen {
namespace {

std::unique_ptr<GeneratorBackend> backend(double width, const NativeBackendOptions& options) {
  auto made = make_native_backend(test::seeded_models(width) / "generator.onnx", {}, options);
  EXPECT_TRUE(made) << made.error().message();
  return made ? *std::move(made) : nullptr;
}

// Every job by the worker whose turn it is, all workers at once.
test::Jobs run(GeneratorBackend& backend, std::size_t count, bool seen_again = true) {
  test::Jobs jobs(count);
  std::vector<GeneratorJob> list = jobs.list();
  for (GeneratorJob& job : list) job.seen_again = seen_again;
  const auto workers = static_cast<std::size_t>(backend.workers());
  std::vector<std::thread> threads;
  for (std::size_t w = 0; w < workers; ++w)
    threads.emplace_back([&, w] {
      const auto worker = backend.make_worker();
      ASSERT_TRUE(worker) << worker.error().message();
      for (std::size_t k = w; k < count; k += workers) {
        const auto status = (*worker)->run(std::span(list).subspan(k, 1));
        ASSERT_TRUE(status) << status.error().message();
      }
    });
  for (std::thread& thread : threads) thread.join();
  return jobs;
}

void expect_golden(double width, const std::string& golden) {
  for (const KeptSkips skips : {KeptSkips::kSources, KeptSkips::kProducts}) {
    SCOPED_TRACE(skips == KeptSkips::kSources ? "sources" : "products");
    const auto native = backend(width, {.threads = 1, .skips = skips});
    ASSERT_TRUE(native);
    const test::Jobs jobs = run(*native, 1);
    EXPECT_TRUE(test::near(jobs.outputs[0], test::golden_floats(golden), 1e-4f));
    for (std::size_t i = 0; i < 320 * 320; ++i)
      ASSERT_EQ(jobs.faces[0].data()[3 * i + 2],
                static_cast<int>(jobs.outputs[0][2 * 320 * 320 + i] * 255.0f));
  }
}

TEST(NativeBackend, EqualsTheReferenceAtFullWidth) { expect_golden(1, "net/output_w1.npy"); }
TEST(NativeBackend, EqualsTheReferenceAtHalfWidth) { expect_golden(0.5, "net/output_w0.5.npy"); }

TEST(NativeBackend, MakesTheSameOutputsToTheLastBitWithAnyWorkers) {
  const auto one = backend(0.5, {.threads = 1}), three = backend(0.5, {.threads = 3});
  ASSERT_TRUE(one && three);
  EXPECT_EQ(three->workers(), 3);
  EXPECT_TRUE(run(*one, 4).outputs == run(*three, 4).outputs);
}

TEST(NativeBackend, KeepsNothingOfWhatIsSeenOnce) {
  const auto one = backend(0.5, {.threads = 1}), three = backend(0.5, {.threads = 3});
  ASSERT_TRUE(one && three);
  const test::Jobs once = run(*one, 4, false), kept = run(*one, 4);
  EXPECT_TRUE(once.outputs == run(*three, 4, false).outputs);
  EXPECT_EQ(one->part_counts().at_once, 4U);
  EXPECT_EQ(one->part_counts().computed, 4U);
  EXPECT_EQ(three->part_counts().computed, 0U);
  for (std::size_t k = 0; k < 4; ++k) {
    EXPECT_TRUE(test::near(once.outputs[k], kept.outputs[k], 1e-4F));
    for (std::size_t i = 0; i < once.faces[k].bytes(); ++i)
      ASSERT_LE(std::abs(once.faces[k].data()[i] - kept.faces[k].data()[i]), 1);
  }
}

TEST(NativeBackend, IsToldWhatToKeep) {
  const auto counts = [](KeepImageParts keep, bool seen_again) {
    NativeBackendOptions options{.threads = 1};
    options.image_parts.keep = keep;
    const auto native = backend(0.5, options);
    run(*native, 1, seen_again);
    return native->part_counts();
  };
  EXPECT_EQ(counts(KeepImageParts::kAlways, false).computed, 1U);
  EXPECT_EQ(counts(KeepImageParts::kNever, true).at_once, 1U);
}

TEST(NativeBackend, MakesTheSameOutputsWhenThreadsShareAFace) {
  const auto one = backend(0.5, {.threads = 1}), shared = backend(0.5, {.threads = 3, .low_latency = true});
  ASSERT_TRUE(one && shared);
  EXPECT_EQ(shared->workers(), 1);
  EXPECT_TRUE(run(*one, 2).outputs == run(*shared, 2).outputs);
}

TEST(NativeBackend, MakesTheSameOutputsFromDisk) {
  const test::TemporaryFolder folder;
  const NativeBackendOptions options{.threads = 1, .image_parts = {.cache_folder = folder.path() / "cache"}};
  std::vector<std::vector<float>> expected;
  for (const char* round : {"computed", "read"}) {
    SCOPED_TRACE(round);
    const auto native = backend(0.5, options);
    ASSERT_TRUE(native);
    const auto outputs = run(*native, 2).outputs;
    if (expected.empty()) expected = outputs;
    EXPECT_TRUE(outputs == expected);
  }
  const auto files = std::filesystem::directory_iterator(folder.path() / "cache");
  EXPECT_EQ(std::distance(begin(files), end(files)), 2);
}

TEST(NativeBackend, KeepsAsMuchOfEachFrameAsLetsAllOfThemStayInMemory) {
  const auto kept = [](std::uint64_t budget) {
    NativeBackendOptions options{.threads = 1, .image_parts = {}, .template_frames = 10};
    options.image_parts.memory_budget_bytes = budget;
    const auto native = backend(0.5, options);
    return native ? native->memory().kept_bytes : 0;
  };
  const std::uint64_t sources = backend(0.5, {.threads = 1})->memory().kept_bytes;
  const std::uint64_t most = backend(0.5, {.threads = 1, .skips = KeptSkips::kProducts})->memory().kept_bytes;
  EXPECT_GT(most, 3 * sources);
  const std::uint64_t least = kept(1);
  EXPECT_LT(least, sources / 2) << "the first skip is computed again";
  EXPECT_EQ(kept(10 * most), most);
  const std::uint64_t some = kept(10 * most - 1), fewer = kept(10 * some - 1);
  EXPECT_LT(some, most);
  EXPECT_GT(some, sources) << "some products fit";
  EXPECT_LT(fewer, some);
  EXPECT_GT(fewer, least);
  EXPECT_EQ(kept(10 * fewer - 1), least);
}

// However little is kept, faces are the same within what sixteen bits round.
TEST(NativeBackend, MakesTheSameFacesHoweverLittleIsKept) {
  std::vector<std::vector<float>> expected;
  for (const std::uint64_t budget :
       {std::uint64_t{1} << 40, std::uint64_t{60} << 20, std::uint64_t{30} << 20, std::uint64_t{1}}) {
    SCOPED_TRACE(budget);
    NativeBackendOptions options{.threads = 1, .image_parts = {}, .template_frames = 10};
    options.image_parts.memory_budget_bytes = budget;
    options.image_parts.keep = KeepImageParts::kAlways;
    const auto native = backend(0.5, options);
    ASSERT_TRUE(native);
    const auto outputs = run(*native, 2).outputs;
    if (expected.empty()) expected = outputs;
    for (std::size_t i = 0; i < outputs.size(); ++i) EXPECT_TRUE(test::near(outputs[i], expected[i], 1e-4F));
  }
}

TEST(NativeBackend, ComputesInBFloat16WhereTheCpuHasIt) {
  const auto lower = backend(0.5, {.threads = 1, .precision = ProductPrecision::kBFloat16});
  ASSERT_TRUE(lower);
  if (!product_precision_is_native(ProductPrecision::kBFloat16)) {
    EXPECT_TRUE(lower->name().starts_with("native/")) << lower->name();
    EXPECT_NE(lower->note().find("no instructions for bf16"), std::string::npos) << lower->note();
    return;
  }
  EXPECT_TRUE(lower->name().starts_with("native-bf16/")) << lower->name();
  const auto expected = run(*backend(0.5, {.threads = 1}), 2), actual = run(*lower, 2);
  EXPECT_NE(actual.outputs, expected.outputs) << "float32 under another name";
  EXPECT_TRUE(test::near(actual.outputs[0], expected.outputs[0], 0.05F));
}

TEST(NativeBackend, SaysWhatDoesNotFit) {
  const auto missing = make_native_backend("nowhere/g.onnx", {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kBadAvatar);
  const auto window =
      make_native_backend(test::seeded_models(0.5) / "generator.onnx", {.audio_window = {32, 32, 32}});
  ASSERT_FALSE(window);
  EXPECT_NE(window.error().message().find("input 'audio' is [batch,32,16,16], expected [batch,32,32,32]"),
            std::string::npos)
      << window.error().message();
  const auto text = make_native_backend("CMakeLists.txt", {});
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, ErrorCode::kBadAvatar);
  EXPECT_TRUE(text.error().message().starts_with("CMakeLists.txt: ")) << text.error().message();
  EXPECT_FALSE(make_native_backend("g.onnx", {}, {.threads = -1}));
}

}  // namespace
}  // namespace framegen
