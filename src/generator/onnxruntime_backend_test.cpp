// onnxruntime_backend_test.cpp: the four modes equal the reference and one another, whatever the batch and
// threads.
#include "generator/onnxruntime_backend.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "core/files.hpp"
#include "generator/architecture.hpp"
#include "generator/synth_model.hpp"
#include "generator/test_models.hpp"
#include "support/golden.hpp"

namespace framegen {
namespace {

constexpr OnnxRuntimeMode kModes[]{OnnxRuntimeMode::kSequential, OnnxRuntimeMode::kMutex,
                                   OnnxRuntimeMode::kSessionPool, OnnxRuntimeMode::kSharedSession};

#define SKIP_WITHOUT_ONNXRUNTIME()                                             \
  if (const auto there = describe_onnxruntime();                               \
      !there && there.error().what.find("built without") != std::string::npos) \
  GTEST_SKIP() << there.error().message()

std::unique_ptr<GeneratorBackend> backend(double width, const OnnxRuntimeBackendOptions& options) {
  auto made = make_onnxruntime_backend(test::seeded_models(width) / "generator.onnx", {}, options);
  EXPECT_TRUE(made) << made.error().message();
  return made ? *std::move(made) : nullptr;
}

// What the network says, by as many workers as the backend wants, each taking as many jobs as it wants.
std::vector<std::vector<float>> outputs(GeneratorBackend& backend, std::size_t count) {
  test::Jobs jobs(count);
  const std::vector<GeneratorJob> list = jobs.list();
  const auto batch = static_cast<std::size_t>(backend.batch());
  const auto workers = static_cast<std::size_t>(backend.workers());
  std::vector<std::thread> threads;
  for (std::size_t w = 0; w < workers; ++w)
    threads.emplace_back([&, w] {
      const auto worker = backend.make_worker();
      ASSERT_TRUE(worker) << worker.error().message();
      for (std::size_t first = w * batch; first < count; first += workers * batch) {
        const auto status = (*worker)->run(std::span(list).subspan(first, std::min(batch, count - first)));
        ASSERT_TRUE(status) << status.error().message();
      }
    });
  for (std::thread& thread : threads) thread.join();
  return jobs.outputs;
}

void expect_golden_output(double width, const std::string& golden) {
  const std::vector<float> expected = test::golden_floats(golden);
  for (const OnnxRuntimeMode mode : kModes) {
    SCOPED_TRACE(to_string(mode));
    const auto generator = backend(width, {.mode = mode, .threads = 2});
    ASSERT_TRUE(generator);
    const auto worker = generator->make_worker();
    ASSERT_TRUE(worker);
    test::Jobs jobs(1);
    const auto status = (*worker)->run(jobs.list());
    ASSERT_TRUE(status) << status.error().message();
    EXPECT_TRUE(test::near(jobs.outputs[0], expected, 1e-4f));
    for (std::size_t i = 0; i < 320 * 320; ++i)
      ASSERT_EQ(jobs.faces[0].data()[3 * i + 1], static_cast<int>(jobs.outputs[0][320 * 320 + i] * 255.0f));
  }
}

TEST(OnnxRuntimeBackend, EqualsTheReferenceAtFullWidthInEveryMode) {
  SKIP_WITHOUT_ONNXRUNTIME();
  expect_golden_output(1, "net/output_w1.npy");
}

TEST(OnnxRuntimeBackend, EqualsTheReferenceAtHalfWidthInEveryMode) {
  SKIP_WITHOUT_ONNXRUNTIME();
  expect_golden_output(0.5, "net/output_w0.5.npy");
}

TEST(OnnxRuntimeBackend, MakesTheSameOutputsToTheLastBitInEveryMode) {
  SKIP_WITHOUT_ONNXRUNTIME();
  const auto sequential = backend(0.5, {.mode = OnnxRuntimeMode::kSequential, .threads = 1});
  ASSERT_TRUE(sequential);
  const auto expected = outputs(*sequential, 2);
  for (const OnnxRuntimeMode mode : kModes)
    for (const int threads : {1, 2}) {
      SCOPED_TRACE(testing::Message() << to_string(mode) << ", threads " << threads);
      const auto generator = backend(0.5, {.mode = mode, .threads = threads});
      ASSERT_TRUE(generator);
      EXPECT_EQ(generator->workers(), mode == OnnxRuntimeMode::kSequential ? 1 : threads);
      EXPECT_TRUE(outputs(*generator, 2) == expected);
    }
}

TEST(OnnxRuntimeBackend, MakesTheSameOutputsToTheLastBitInEveryBatch) {
  SKIP_WITHOUT_ONNXRUNTIME();
  std::vector<std::vector<float>> expected;
  for (const int batch : {1, 2, 15}) {
    SCOPED_TRACE(batch);
    const auto generator =
        backend(0.5, {.mode = OnnxRuntimeMode::kSharedSession, .threads = 1, .batch = batch});
    ASSERT_TRUE(generator);
    EXPECT_EQ(generator->batch(), batch);
    const auto made = outputs(*generator, 3);
    if (expected.empty()) expected = made;
    EXPECT_TRUE(made == expected);
  }
}

// The half-width generator with another first input dimension and image size than usual.
std::vector<std::uint8_t> generator_of(std::int64_t batch, std::int64_t audio_channels = 32) {
  Architecture architecture = synctalk328_generator({16, 32, 64, 128, 256});
  for (TensorInfo& input : architecture.inputs) input.shape[0] = batch;
  for (TensorInfo& output : architecture.outputs) output.shape[0] = batch;
  architecture.inputs[1].shape[1] = audio_channels;
  auto bytes = write_onnx(architecture, seeded_weights(1));
  EXPECT_TRUE(bytes);
  return bytes ? *std::move(bytes) : std::vector<std::uint8_t>{};
}

TEST(OnnxRuntimeBackend, RunsANetworkWhoseBatchWasFixedAtExport) {
  SKIP_WITHOUT_ONNXRUNTIME();
  const auto usual = backend(0.5, {.threads = 1});
  ASSERT_TRUE(usual);
  EXPECT_EQ(usual->note(), "");
  const auto expected = outputs(*usual, 3);
  const test::TemporaryFolder folder;
  for (const int fixed : {1, 2}) {
    SCOPED_TRACE(fixed);
    ASSERT_TRUE(write_file(folder.path() / "fixed.onnx", generator_of(fixed)));
    const auto made = make_onnxruntime_backend(
        folder.path() / "fixed.onnx", {}, {.mode = OnnxRuntimeMode::kSessionPool, .threads = 2, .batch = 4});
    ASSERT_TRUE(made) << made.error().message();
    EXPECT_EQ((*made)->batch(), fixed);
    EXPECT_NE((*made)->note().find("batch was fixed at " + std::to_string(fixed)), std::string::npos);
    EXPECT_TRUE(outputs(**made, 3) == expected);
  }
}

TEST(OnnxRuntimeBackend, SaysWhichTensorDoesNotFitTheManifest) {
  SKIP_WITHOUT_ONNXRUNTIME();
  const auto path = test::seeded_models(0.5) / "generator.onnx";
  const auto window = make_onnxruntime_backend(path, {.audio_window = {32, 32, 32}});
  ASSERT_FALSE(window);
  EXPECT_EQ(window.error().code, ErrorCode::kBadAvatar);
  EXPECT_NE(window.error().message().find("input 'audio' is [batch,32,16,16], expected [batch,32,32,32]"),
            std::string::npos)
      << window.error().message();
  const auto encoder = make_onnxruntime_backend(test::seeded_models(0.5) / "audio_encoder.onnx", {});
  ASSERT_FALSE(encoder);
  EXPECT_NE(
      encoder.error().message().find("no input 'input' [batch,6,320,320] in the network (inputs: 'mel')"),
      std::string::npos)
      << encoder.error().message();
}

TEST(OnnxRuntimeBackend, RefusesACutNetworkAndOneWhoseWeightsDoNotFitItsInput) {
  SKIP_WITHOUT_ONNXRUNTIME();
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "g.onnx";
  auto bytes = generator_of(-1);
  bytes.resize(bytes.size() / 2);
  ASSERT_TRUE(write_file(path, bytes));
  const auto cut = make_onnxruntime_backend(path, {});
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, ErrorCode::kBadAvatar);
  EXPECT_NE(cut.error().message().find(path.string()), std::string::npos);
  ASSERT_TRUE(write_file(path, generator_of(-1, 31)));
  const auto unfit = make_onnxruntime_backend(path, {.audio_window = {31, 16, 16}});
  ASSERT_TRUE(unfit) << unfit.error().message();  // ONNX Runtime notices it only when it runs
  const auto worker = (*unfit)->make_worker();
  ASSERT_TRUE(worker);
  test::Jobs jobs(1);
  auto list = jobs.list();
  list[0].audio_window = list[0].audio_window.first(31 * 16 * 16);
  const auto status = (*worker)->run(list);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kBadAvatar);
  EXPECT_NE(status.error().message().find("the network does not run ("), std::string::npos)
      << status.error().message();
}

TEST(OnnxRuntimeBackend, RefusesThreadsAndBatchesOutOfRange) {
  const auto threads = make_onnxruntime_backend("g.onnx", {}, {.threads = 2000});
  ASSERT_FALSE(threads);
  EXPECT_EQ(threads.error().message(), "--threads 2000: out of range; use 1 … 1024, or 0 for one per core");
  const auto batch = make_onnxruntime_backend("g.onnx", {}, {.batch = -1});
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error().code, ErrorCode::kBadUse);
}

// What the native backend alone has is answered, and does nothing.
TEST(OnnxRuntimeBackend, KeepsNothingOfTemplateFrames) {
  SKIP_WITHOUT_ONNXRUNTIME();
  const auto generator = backend(0.5, {.threads = 1});
  ASSERT_TRUE(generator);
  const auto worker = generator->make_worker();
  ASSERT_TRUE(worker);
  test::Jobs jobs(1);
  const auto part = (*worker)->prepare(0, jobs.list()[0].image);
  ASSERT_TRUE(part);
  EXPECT_EQ(*part, PartOnDisk::kNotKept);
  generator->soon(0);
  EXPECT_TRUE(generator->publish_prepared());
  EXPECT_FALSE(generator->keeps_image_parts());
  EXPECT_EQ(generator->memory().kept_bytes, 0u);
  EXPECT_EQ(generator->part_counts().computed, 0u);
  EXPECT_EQ(generator->note(), "");
  EXPECT_EQ(generator->precision(), "fp32");
}

TEST(OnnxRuntimeBackend, ChecksEveryJobBeforeItRuns) {
  SKIP_WITHOUT_ONNXRUNTIME();
  const auto generator = backend(0.5, {.threads = 1});
  ASSERT_TRUE(generator);
  const auto worker = generator->make_worker();
  ASSERT_TRUE(worker);
  test::Jobs jobs(1);
  auto list = jobs.list();
  list[0].audio_window = list[0].audio_window.first(100);
  const auto status = (*worker)->run(list);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kInternal);
  EXPECT_TRUE((*worker)->run({}));
}

TEST(OnnxRuntimeBackend, KeepsSessionsOfThePoolForTheNextWorker) {
  SKIP_WITHOUT_ONNXRUNTIME();
  const auto generator = backend(0.5, {.mode = OnnxRuntimeMode::kSessionPool, .threads = 2});
  ASSERT_TRUE(generator);
  EXPECT_EQ(generator->batch(), 15);
  test::Jobs jobs(1);
  for (int k = 0; k < 3; ++k) {
    const auto one = generator->make_worker(), two = generator->make_worker();
    ASSERT_TRUE(one && two);
    ASSERT_TRUE((*one)->run(jobs.list()));
  }
}

// The 16 mel columns of each window of tests/golden/audio/short.wav.
std::vector<float> short_windows(std::size_t count) {
  const NpyArray mel = test::golden_array("mel/short_mel.npy");
  const auto values = npy_values<float>(mel);
  const auto starts = npy_values<std::int32_t>(test::golden_array("mel/short_start_idx.npy"));
  EXPECT_TRUE(values && starts && starts->size() == count);
  std::vector<float> windows;
  if (!values || !starts) return windows;
  const auto columns = static_cast<std::size_t>(mel.shape[1]);
  for (const std::int32_t start : *starts) {
    const std::size_t first = std::min(static_cast<std::size_t>(start), columns - 16);
    for (std::size_t band = 0; band < 80; ++band)
      windows.insert(windows.end(), values->begin() + static_cast<std::ptrdiff_t>(band * columns + first),
                     values->begin() + static_cast<std::ptrdiff_t>(band * columns + first + 16));
  }
  return windows;
}

TEST(SynthModel, ItsAudioEncoderEqualsTheReferenceOnOnnxRuntime) {
  SKIP_WITHOUT_ONNXRUNTIME();
  const auto network = load_onnxruntime_network(test::seeded_models(0.5) / "audio_encoder.onnx");
  ASSERT_TRUE(network) << network.error().message();
  const auto runner = (*network)->make_runner();
  ASSERT_TRUE(runner);
  Tensor mel({7, 1, 80, 16}), emb({7, 512});
  const std::vector<float> windows = short_windows(7);
  ASSERT_EQ(windows.size(), mel.size());
  std::copy(windows.begin(), windows.end(), mel.data.begin());
  const std::array inputs{TensorView(mel)};
  const std::array outputs{MutableTensorView(emb)};
  const auto status = (*runner)->run(inputs, outputs);
  ASSERT_TRUE(status) << status.error().message();
  EXPECT_TRUE(test::near(emb.data.span(), test::golden_floats("net/short_emb.npy"), 1e-4f));
}

}  // namespace
}  // namespace framegen
