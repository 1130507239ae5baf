// families_test.cpp: sister families give the pictures that an independent reading of their programs gives
// (tests/golden/families/make_families.py).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "avatar/manifest.hpp"
#include "core/files.hpp"
#include "framegen/framegen.hpp"
#include "media/image_decoder.hpp"
#include "support/golden.hpp"
#include "support/program.hpp"
#include "support/test_avatar.hpp"

namespace framegen {
namespace {

namespace fs = std::filesystem;

class Families : public ::testing::Test {
 protected:
  test::TemporaryFolder folder_;

  ImportJob job(const fs::path& generator) {
    ImportJob job;
    job.generator = generator;
    job.output = folder_ / "made";
    return job;
  }
  Manifest imported(const ImportJob& job) {
    const Status status = import_avatar(job);
    EXPECT_TRUE(status) << (status ? "" : status.error().message());
    const auto manifest = read_manifest(job.output / "avatar.json");
    EXPECT_TRUE(manifest);
    return manifest ? *manifest : Manifest{};
  }
  // All frames, one below the other.
  Image spoken(const fs::path& audio, Backend backend = Backend::kAuto) {
    EngineOptions options;
    options.threads = 2;
    options.backend = backend;
    options.keep_image_parts_on_disk = false;
    auto engine = *Engine::create(options);
    const auto avatar = Avatar::open(engine, folder_ / "made");
    EXPECT_TRUE(avatar) << avatar.error().message();
    if (!avatar) return {};
    RenderJob render_job;
    render_job.audio = audio;
    render_job.raw = folder_ / "frames.bgr";
    const auto report = render(engine, *avatar, render_job);
    EXPECT_TRUE(report) << report.error().message();
    if (!report) return {};
    const auto& info = (*avatar)->info();
    Image frames(info.width, info.height * static_cast<int>(report->frames));
    const auto bytes = read_file(folder_ / "frames.bgr");
    EXPECT_EQ(bytes->size(), frames.bytes());
    std::copy_n(bytes->begin(), std::min(bytes->size(), frames.bytes()), frames.data());
    return frames;
  }
};

Image golden_picture(const std::string& name) {
  const auto file = read_file(test::golden("families/" + name));
  EXPECT_TRUE(file);
  Image image;
  EXPECT_TRUE(ImageDecoder().decode(*file, name, image));
  return image;
}

// No value off by more than 1, one in a thousand at most off at all: other orders of summation.
void expect_same(ImageView actual, ImageView expected) {
  ASSERT_EQ(actual.width, expected.width);
  ASSERT_EQ(actual.height, expected.height);
  int off = 0, largest = 0;
  for (int y = 0; y < actual.height; ++y)
    for (int i = 0; i < 3 * actual.width; ++i) {
      const int difference = std::abs(actual.row(y)[i] - expected.row(y)[i]);
      off += difference > 0 ? 1 : 0;
      largest = std::max(largest, difference);
    }
  EXPECT_LE(largest, 1);
  EXPECT_LE(off, 3 * actual.width * actual.height / 1000);
}

TEST_F(Families, SmallSynctalkSpeaksAsItsProgramDoes) {
  ImportJob import = job(test::golden("families/synctalk160/generator.pth"));
  import.dataset = test::golden("pipeline/dataset");
  import.audio_encoder = test::golden_avatar() / "audio_encoder.onnx";
  import.audio_features = AudioFeatures::kAve;
  const Manifest manifest = imported(import);
  EXPECT_EQ(manifest.image.size, 160);
  const Image frames = spoken(test::golden("pipeline/speech.wav"));
  ASSERT_EQ(frames.height(), 36 * manifest.height);
  // Output frame, template frame: of tests/golden/pipeline/sequence.json.
  for (const auto& [frame, template_frame] : {std::pair{0, 1}, std::pair{13, 8}, std::pair{35, 8}}) {
    SCOPED_TRACE(frame);
    const Rectangle box = manifest.boxes[static_cast<std::size_t>(template_frame)];
    expect_same(frames.view().crop(box.x, frame * manifest.height + box.y, box.width, box.height),
                golden_picture("synctalk160/" + std::to_string(frame) + "_box.png"));
  }
}

TEST_F(Families, UltralightSpeaksOnTheUsersHubert) {
  ImportJob import = job(test::golden("families/ultralight160/generator.onnx"));
  import.dataset = test::golden("pipeline/dataset");
  const Status asked = import_avatar(import);
  ASSERT_FALSE(asked);
  EXPECT_NE(asked.error().message().find("takes HuBERT's features, and the network for them is not named"),
            std::string::npos)
      << asked.error().message();
  import.audio_encoder = test::golden("families/ultralight160/hubert.onnx");
  const Manifest manifest = imported(import);
  EXPECT_EQ(manifest.audio.features, kHubertFeatures);
  // It listens to 20 s at once: nothing that could be live.
  auto engine = test::quiet_engine();
  const auto live = LiveSession::create(*Avatar::open(engine, folder_ / "made"));
  ASSERT_FALSE(live);
  EXPECT_EQ(live.error().code, ErrorCode::kBadUse);
  EXPECT_NE(live.error().message().find("listens to 20 s of speech at once"), std::string::npos);
  const Image frames = spoken(test::golden("audio/short.wav"));
  ASSERT_EQ(frames.height(), 9 * manifest.height);
  for (const int frame : {0, 4, 8}) {
    SCOPED_TRACE(frame);
    const Rectangle box = manifest.boxes[static_cast<std::size_t>(frame + 1)];
    expect_same(frames.view().crop(box.x, frame * manifest.height + box.y, box.width, box.height),
                golden_picture("ultralight160/" + std::to_string(frame) + "_box.png"));
  }
}

class Wav2Lip : public Families, public ::testing::WithParamInterface<int> {};

TEST_P(Wav2Lip, FromLiveTalkingsFolderSpeaksAsItsProgramDoes) {
  const std::string name = "families/wav2lip" + std::to_string(GetParam());
  ImportJob import = job(test::golden(name + "/generator.onnx"));
  import.livetalking = test::golden(name + "/avatar");
  const Manifest manifest = imported(import);
  EXPECT_EQ(manifest.image.size, GetParam());
  EXPECT_TRUE(manifest.turns_twice);
  EXPECT_FALSE(fs::exists(folder_ / "made" / "audio_encoder.onnx"));
  const Image expected = golden_picture("wav2lip" + std::to_string(GetParam()) + "/frames.png");
  expect_same(spoken(test::golden("audio/short.wav")), expected);
}

INSTANTIATE_TEST_SUITE_P(Sizes, Wav2Lip, ::testing::Values(96, 256, 384));

// The same networks on a film's or data set's frames: only the boxes come from elsewhere.
TEST_F(Families, Wav2LipTakesADataSetToo) {
  ImportJob import = job(test::golden("families/wav2lip96/generator.onnx"));
  import.dataset = test::golden("pipeline/dataset");
  const Manifest manifest = imported(import);
  EXPECT_FALSE(manifest.turns_twice);
  EXPECT_EQ(spoken(test::golden("audio/short.wav")).height(), 7 * manifest.height);
}

TEST_F(Families, AGeneratorThatNeedsAnAudioEncoderSaysSo) {
  ImportJob import = job(test::golden_avatar() / "generator.onnx");
  import.dataset = test::golden("pipeline/dataset");
  const Status status = import_avatar(import);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kBadUse);
}

}  // namespace
}  // namespace framegen
