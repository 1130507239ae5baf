// Files decoded in the sandbox give what they give outside of it: samples, pixels, warnings, errors.
#include "framegen/sandbox.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "audio/audio_reader.hpp"
#include "avatar/picture_look.hpp"
#include "core/files.hpp"
#include "nn/checkpoint/sandboxed_checkpoint.hpp"
#include "nn/native/native_network.hpp"
#include "nn/network_look.hpp"
#include "pipeline/speaking/sandbox_impl.hpp"
#include "quality/frame_reader.hpp"
#include "sink/mp4_sink.hpp"
#include "sink/sound_reader.hpp"
#include "support/program.hpp"

namespace framegen {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;

class SandboxTest : public ::testing::Test {
 protected:
  SandboxTest() {
    auto started = Sandbox::start();
    EXPECT_TRUE(started.ok()) << started.error().message();
    if (started) sandbox_ = *std::move(started);
  }
  sandbox::Zygote* zygote() const { return zygote_of(sandbox_); }
  std::shared_ptr<Sandbox> sandbox_;
  TemporaryFolder folder_;
};

// Everything that can be told of a checkpoint.
std::string weights_of(const fs::path& file, sandbox::Zygote* zygote) {
  const auto checkpoint = open_checkpoint(file, zygote);
  if (!checkpoint) return checkpoint.error().message();
  std::string told;
  for (const auto& [name, tensor] : checkpoint->tensors()) {
    std::vector<float> elements(element_count(tensor.shape));
    const Status read = checkpoint->read(name, elements);
    told += name + " " + to_string(tensor.shape) + " " + (read ? "" : read.error().message());
    if (read) told.append(reinterpret_cast<const char*>(elements.data()), elements.size() * sizeof(float));
  }
  return told;
}

// Everything that can be told of a file's sound.
std::string speech_of(const fs::path& file, sandbox::Zygote* zygote) {
  std::string told, warned;  // apart: the child may be further than what is read of it
  const Log log = [&](LogLevel, std::string_view text) { (warned += text) += '\n'; };
  auto reader = AudioReader::open(file, log, zygote);
  if (!reader) return told + reader.error().message();
  const AudioInfo& info = reader->info();
  told += info.codec + " " + info.container + " " + std::to_string(info.sample_rate_hz) + " " +
          std::to_string(info.channels) + " " + std::to_string(info.duration_s.value_or(-1)) + "\n";
  std::vector<float> block(777);
  for (;;) {
    const auto count = reader->read(block);
    if (!count) return told + warned + count.error().message();
    if (*count == 0) return told + warned;
    told.append(reinterpret_cast<const char*>(block.data()), *count * sizeof(float));
  }
}

std::string track_of(const fs::path& file, sandbox::Zygote* zygote) {
  const auto reader = SoundReader::open(file, zygote);
  if (!reader) return reader.error().message();
  std::string told = std::to_string((*reader)->rate()) + " " + std::to_string((*reader)->channels()) + "\n";
  std::vector<float> left(1000), right(1000);
  float* const planes[2] = {left.data(), right.data()};
  for (;;) {
    const auto more = (*reader)->left(1000);
    if (!more) return told + more.error().message();
    if (*more == 0) return told;
    EXPECT_TRUE((*reader)->read(planes, static_cast<int>(*more)).ok());
    for (int c = 0; c < (*reader)->channels(); ++c)
      told.append(reinterpret_cast<const char*>(planes[c]), static_cast<std::size_t>(*more) * sizeof(float));
  }
}

std::string film_of(const fs::path& file, const FrameLook& look, sandbox::Zygote* zygote) {
  const auto reader = FrameReader::open(file, look, zygote);
  if (!reader) return reader.error().message();
  std::string told = std::to_string((*reader)->fps_numerator()) + "/" +
                     std::to_string((*reader)->fps_denominator()) + " " +
                     std::to_string((*reader)->frames_expected());
  for (;;) {
    const auto picture = (*reader)->next();
    if (!picture) return told + picture.error().message();
    if (*picture == nullptr) return told;
    told += "\n" + std::to_string((*reader)->time_s()) + " " + std::to_string((*picture)->width()) + "×" +
            std::to_string((*picture)->height()) + " of " + std::to_string((*reader)->full_width()) +
            ((*reader)->lossy() ? " lossy " : " exact ");
    told.append(reinterpret_cast<const char*>((*picture)->data()), (*picture)->bytes());
  }
}

TEST_F(SandboxTest, SoundIsTheSameThere) {
  std::vector<fs::path> files{"tests/golden/audio/espeak_22050.wav", "tests/golden/audio/short.wav",
                              "assets/speech/demo.flac", "README.md", "no such file"};
  for (const auto& entry : fs::directory_iterator("tests/data/audio")) files.push_back(entry.path());
  files.push_back(folder_ / "cut.wav");  // its header promises more: a warning
  const auto whole = *read_text_file("tests/golden/audio/espeak_22050.wav");
  std::ofstream(files.back(), std::ios::binary) << whole.substr(0, whole.size() / 2);
  for (const fs::path& file : files) {
    SCOPED_TRACE(file);
    // Not EXPECT_EQ, which would print megabytes.
    EXPECT_TRUE(speech_of(file, zygote()) == speech_of(file, nullptr));
    EXPECT_TRUE(track_of(file, zygote()) == track_of(file, nullptr));
  }
}

TEST_F(SandboxTest, ACheckpointIsTheSameThere) {
  std::vector<fs::path> files{"README.md", "no such file", "tests/golden"};
  for (const char* folder : {"tests/golden/checkpoints", "tests/fuzz/corpus/checkpoint"})
    for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  ASSERT_GT(files.size(), 10U);
  for (const fs::path& file : files) {
    SCOPED_TRACE(file);
    EXPECT_TRUE(weights_of(file, zygote()) == weights_of(file, nullptr))
        << weights_of(file, zygote()).substr(0, 300) << "\n"
        << weights_of(file, nullptr).substr(0, 300);
  }
}

TEST_F(SandboxTest, APictureIsTheSameThere) {
  std::vector<fs::path> files{"README.md", "no such file", "tests/golden", "docs/ava_people.png"};
  for (const char* folder : {"tests/golden/pipeline/dataset/full_body_img", "tests/fuzz/corpus/image"})
    for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  ASSERT_GT(files.size(), 15U);
  PictureLook there(zygote()), here;
  const auto told = [](PictureLook& look, const fs::path& file, int width) {
    const auto size = look.at(file, width, 0);
    return size ? std::to_string(size->width) + "×" + std::to_string(size->height) : size.error().message();
  };
  for (const fs::path& file : files)
    for (const int width : {0, 123}) EXPECT_EQ(told(there, file, width), told(here, file, width));
}

// What a network cannot be read for is told as without walls; one of unknown operations is no business of
// theirs.
TEST_F(SandboxTest, ANetworkIsTheSameThere) {
  std::vector<fs::path> files{"README.md", "tests/golden", "no such file",
                              "assets/avatars/ava/audio_encoder.onnx"};
  const std::string whole = *read_text_file("assets/avatars/ava/generator.onnx", std::size_t{64} << 20);
  for (const std::size_t at : {0UL, 1UL, 30UL, 900UL, 20'000UL, 5'000'000UL, whole.size()}) {
    std::string bytes = whole;
    if (at % 2 == 0) bytes.resize(at);
    if (at % 2 == 1) bytes[at] = static_cast<char>(~bytes[at]);
    files.push_back(folder_ / (std::to_string(at) + ".onnx"));
    std::ofstream(files.back(), std::ios::binary) << bytes;
  }
  for (const fs::path& file : files) {
    SCOPED_TRACE(file);
    const auto here = load_native_network(file);
    const Status there = look_at_network(file, zygote());
    const bool told = !here && !graph::is_unsupported(here.error()) && fs::is_regular_file(file);
    EXPECT_EQ(there ? "" : there.error().message(), told ? here.error().message() : "");
  }
}

TEST_F(SandboxTest, FilmIsTheSameThere) {
  const fs::path made = folder_ / "film.mkv";
  Mp4Sink sink(made, {});
  ASSERT_TRUE(sink.begin({.width = 320, .height = 180, .fps_numerator = 30}));
  Image image(320, 180);
  for (int i = 0; i < 12; ++i) {
    for (std::size_t at = 0; at < image.bytes(); ++at)
      image.data()[at] = static_cast<std::uint8_t>(at / 7 + static_cast<std::size_t>(i) * 9);
    SinkFrame frame;
    frame.index = i;
    frame.bgr = image.view();
    ASSERT_TRUE(sink.write(frame));
  }
  ASSERT_TRUE(sink.finish());
  for (const fs::path& file : {made, fs::path("tests/data/audio/video.mp4"), fs::path("README.md")})
    for (const FrameLook& look : {FrameLook{}, FrameLook{.as_seen = true, .longest_side = 100}}) {
      SCOPED_TRACE(file);
      EXPECT_TRUE(film_of(file, look, zygote()) == film_of(file, look, nullptr));
    }
}

}  // namespace
}  // namespace framegen
