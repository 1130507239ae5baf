// gpu_test.cpp: what an execution provider computes is what the CPU computes. Skipped unless
// FRAMEGEN_GPU_PROVIDER names one (./run gpu does). The networks have the published shape and an eighth of
// its channels: a software device takes a second for a face.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "core/files.hpp"
#include "core/image.hpp"
#include "core/machine.hpp"
#include "framegen/framegen.hpp"
#include "generator/device_backend.hpp"
#include "generator/synth_model.hpp"
#include "nn/onnxruntime/onnxruntime_network.hpp"
#include "pipeline/self_test/self_test.hpp"
#include "support/golden.hpp"
#include "support/program.hpp"
#include "support/test_avatar.hpp"

namespace framegen {
namespace {

constexpr std::array<std::int64_t, 5> kNarrow{4, 8, 16, 32, 64};
constexpr int kFrames = 2;
constexpr std::size_t kSamples = 2000;  // three frames: what is pushed is made, whoever looks at it

std::vector<std::uint8_t> narrow_generator() {
  auto model = write_onnx(synctalk328_generator(kNarrow), seeded_weights(1));
  EXPECT_TRUE(model.ok());
  return *std::move(model);
}

// The golden pictures with a generator so narrow, made once.
const std::filesystem::path& narrow_avatar() {
  static const test::TemporaryFolder folder;
  static const std::filesystem::path avatar = [] {
    const auto model = make_synth_model({.width = 0.5});
    EXPECT_TRUE(model && write_file(folder / "generator.onnx", narrow_generator()) &&
                write_file(folder / "audio_encoder.onnx", model->audio_encoder));
    ImportJob job;
    job.dataset = test::golden("pipeline/dataset");
    job.generator = folder / "generator.onnx";
    job.audio_encoder = folder / "audio_encoder.onnx";
    job.output = folder / "narrow";
    const auto made = import_avatar(job);
    EXPECT_TRUE(made.ok()) << (made ? "" : made.error().message());
    return folder / "narrow";
  }();
  return avatar;
}

class Gpu : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* name = std::getenv("FRAMEGEN_GPU_PROVIDER");
    if (name == nullptr || *name == '\0')
      GTEST_SKIP() << "FRAMEGEN_GPU_PROVIDER names no provider: ./run gpu";
    const auto named = provider_named(name);
    ASSERT_TRUE(named.ok()) << named.error().message();
    provider_ = *named;
  }

  // The first pixels of a speech: kFrames of them, all bytes behind one another.
  std::vector<std::uint8_t> spoken(Provider provider, int threads) const {
    EngineOptions options;
    options.backend = Backend::kOnnxRuntime;
    options.provider = provider;
    options.threads = threads;
    options.batch = 2;
    auto engine = Engine::create(options);
    EXPECT_TRUE(engine.ok());
    auto avatar = Avatar::open(*engine, narrow_avatar());
    EXPECT_TRUE(avatar.ok()) << (avatar ? "" : avatar.error().message());
    if (!avatar) return {};
    auto session = Session::create(*avatar);
    const auto speech = test::golden_speech();
    EXPECT_TRUE(session->push(std::span(speech).first(kSamples)).ok() && session->finish().ok());
    std::vector<std::uint8_t> pixels;
    Frame frame;
    for (int made = 0; made < kFrames;) {
      const auto pulled = session->pull(frame);
      EXPECT_TRUE(pulled.ok()) << (pulled ? "" : pulled.error().message());
      if (!pulled || *pulled == Pulled::kFinished) break;
      if (*pulled != Pulled::kFrame) continue;
      ++made;
      for (int y = 0; y < frame.bgr.height; ++y)
        pixels.insert(pixels.end(), frame.bgr.row(y), frame.bgr.row(y) + std::ptrdiff_t{3} * frame.bgr.width);
    }
    return pixels;
  }

  Provider provider_ = Provider::kCpu;
};

int farthest(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b) {
  int most = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

TEST_F(Gpu, TheAudioEncoderComputesWhatTheCpuComputes) {
  const SelfCheck check = check_provider(provider_);
  EXPECT_TRUE(check.passed) << check.seen;
}

TEST_F(Gpu, TheGeneratorComputesWhatTheCpuComputes) {
  const auto model = narrow_generator();
  const auto output_of = [&](OnnxRuntimeProvider provider) {
    const auto network = load_onnxruntime_network(model, "narrow", {.provider = provider});
    EXPECT_TRUE(network.ok()) << (network ? "" : network.error().message());
    std::vector<float> image(6 * 320 * 320), audio(32 * 16 * 16), face(3 * 320 * 320);
    if (!network) return face;
    for (std::size_t i = 0; i < image.size(); ++i)
      image[i] = 0.5f + 0.5f * std::sin(static_cast<float>(i) * 0.013f);
    for (std::size_t i = 0; i < audio.size(); ++i) audio[i] = std::sin(static_cast<float>(i) * 0.71f);
    const Shape image_shape{1, 6, 320, 320}, audio_shape{1, 32, 16, 16}, face_shape{1, 3, 320, 320};
    const std::array inputs{TensorView(image_shape, image), TensorView(audio_shape, audio)};
    const MutableTensorView output(face_shape, face);
    const auto runner = (*network)->make_runner();
    const Status ran = (*runner)->run(inputs, {&output, 1});
    EXPECT_TRUE(ran.ok()) << (ran ? "" : ran.error().message());
    return face;
  };
  const auto cpu = output_of(OnnxRuntimeProvider::kCpu);
  const auto gpu = output_of(static_cast<OnnxRuntimeProvider>(provider_));
  float most = 0;
  for (std::size_t i = 0; i < cpu.size(); ++i) most = std::max(most, std::abs(cpu[i] - gpu[i]));
  EXPECT_LE(most, 1e-4f);
  EXPECT_TRUE(std::ranges::any_of(gpu, [](float value) { return value > 0.01f && value < 0.99f; }));
}

// Pictures and sounds of no one, the last two alike but for the sound.
struct TrialJobs {
  TrialJobs() {
    for (int k = 0; k < 3; ++k) {
      pictures.emplace_back(320, 320);
      faces.emplace_back(320, 320);
      windows.emplace_back(32 * 16 * 16);
      outputs.emplace_back(3 * 320 * 320);
      for (std::size_t i = 0; i < pictures.back().bytes(); ++i)
        pictures.back().data()[i] = static_cast<std::uint8_t>(
            128 + 100 * std::sin(static_cast<double>(i) * (k == 0 ? 0.003 : 0.007)));
      for (std::size_t i = 0; i < windows.back().size(); ++i)
        windows.back()[i] = std::sin(static_cast<float>(i) * 0.71F + static_cast<float>(k));
    }
    for (std::size_t k = 0; k < 3; ++k) {
      GeneratorJob& job = jobs.emplace_back();
      job.template_frame = k == 0 ? 0 : 1;
      job.image = pictures[k];
      job.audio_window = windows[k];
      job.face = faces[k];
      job.output = outputs[k];
    }
  }
  std::vector<Image> pictures, faces;
  std::vector<std::vector<float>> windows, outputs;
  std::vector<GeneratorJob> jobs;
};

// What the network says, cut in two; its faces were truncated on the device.
std::vector<std::vector<float>> cut_outputs(const DeviceBackendOptions& options) {
  TrialJobs trial;
  const auto backend = make_device_backend(narrow_avatar() / "generator.onnx", {}, options);
  EXPECT_TRUE(backend.ok()) << (backend ? "" : backend.error().message());
  if (!backend) return trial.outputs;
  const Status made = (*(*backend)->make_worker())->run(trial.jobs);
  EXPECT_TRUE(made.ok()) << (made ? "" : made.error().message());
  for (std::size_t k = 0; k < trial.faces.size(); ++k) {
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < trial.faces[k].bytes(); ++i) {
      const float number = trial.outputs[k][i % 3 * (320 * 320) + i / 3] * 255.0F;
      wrong += trial.faces[k].data()[i] != static_cast<int>(number);
    }
    EXPECT_EQ(wrong, 0u) << "bytes of face " << k;
  }
  return trial.outputs;
}

float farthest_of(const std::vector<std::vector<float>>& a, const std::vector<std::vector<float>>& b) {
  float most = 0;
  for (std::size_t k = 0; k < a.size(); ++k)
    for (std::size_t i = 0; i < a[k].size(); ++i) most = std::max(most, std::abs(a[k][i] - b[k][i]));
  return most;
}

TEST_F(Gpu, TheCutGeneratorComputesWhatTheCpuComputes) {
  const auto gpu = static_cast<OnnxRuntimeProvider>(provider_);
  const auto cpu = cut_outputs({.provider = OnnxRuntimeProvider::kCpu, .batch = 1});
  EXPECT_LE(farthest_of(cut_outputs({.provider = gpu, .batch = 3}), cpu), 1e-4F);
}

TEST_F(Gpu, InHalfPrecisionTheCutGeneratorIsWithinTwoHundredths) {
  const DeviceBackendOptions options{
      .provider = static_cast<OnnxRuntimeProvider>(provider_), .batch = 1, .half = true};
  const auto half = make_device_backend(narrow_avatar() / "generator.onnx", {}, options);
  if (!half && half.error().what.find("f16") != std::string::npos) GTEST_SKIP() << half.error().what;
  const auto cpu = cut_outputs({.provider = OnnxRuntimeProvider::kCpu, .batch = 1});
  EXPECT_LE(farthest_of(cut_outputs(options), cpu), 2e-2F);
}

// The sister family of 160 pixels, a sixteenth of its channels: what is asked is not its faces.
TEST_F(Gpu, ItsMemoryIsBoundedHoweverManyTemplateFramesThereAre) {
  constexpr int kTemplateFrames = 200, kRoomFor = 4, kSide = 160;
  const test::TemporaryFolder folder;
  const auto thin = write_onnx(synctalk160_generator({2, 4, 8, 16, 32}), seeded_weights(1));
  ASSERT_TRUE(thin && write_file(folder / "thin.onnx", *thin));
  GeneratorShape shape;
  shape.image_size = kSide;
  shape.mask = {5, 5, 150, 145};
  DeviceBackendOptions options{
      .provider = static_cast<OnnxRuntimeProvider>(provider_), .threads = 1, .batch = 1};
  const auto measured = make_device_backend(folder / "thin.onnx", shape, options);
  ASSERT_TRUE(measured.ok()) << measured.error().message();
  const std::uint64_t part = (*measured)->memory().kept_bytes;
  options.memory_budget_bytes = kRoomFor * part;
  const auto backend = make_device_backend(folder / "thin.onnx", shape, options);
  ASSERT_TRUE(backend.ok()) << backend.error().message();
  const auto worker = (*backend)->make_worker();
  Image picture(kSide, kSide), face(kSide, kSide);
  std::fill_n(picture.data(), picture.bytes(), std::uint8_t{128});
  const std::vector<float> window(32 * 16 * 16, 0.5F);
  GeneratorJob job;
  job.image = picture;
  job.audio_window = window;
  job.face = face;
  std::uint64_t before = 0;
  for (int frame = 0; frame < kTemplateFrames; ++frame) {
    job.template_frame = frame;
    ASSERT_TRUE((*worker)->run({&job, 1}).ok());
    if (frame == 3 * kRoomFor) before = peak_memory_bytes();
  }
  EXPECT_EQ((*backend)->part_counts().computed, static_cast<std::uint64_t>(kTemplateFrames));
  // A device in software lies in the machine's memory: what it kept too much of would be seen there.
  EXPECT_LT(peak_memory_bytes(), before + kTemplateFrames / 4 * part);
}

TEST_F(Gpu, FramesAreThoseOfTheCpuWithinOneAndTheSameForAnyThreads) {
  const auto cpu = spoken(Provider::kCpu, 1), one = spoken(provider_, 1), three = spoken(provider_, 3);
  ASSERT_EQ(one.size(), cpu.size());
  ASSERT_FALSE(one.empty());
  EXPECT_LE(farthest(cpu, one), 1);
  EXPECT_TRUE(one == three);
}

}  // namespace
}  // namespace framegen
