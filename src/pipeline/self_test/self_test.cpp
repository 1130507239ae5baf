// self_test.cpp: golden input through each stage, compared with golden output.
#include "pipeline/self_test/self_test.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numbers>
#include <utility>

#include "audio/speech_source.hpp"
#include "core/npy.hpp"
#include "core/sha256.hpp"
#include "face/crop.hpp"
#include "face/paste.hpp"
#include "features/whole_file.hpp"
#include "generator/generator_shape.hpp"
#include "generator/synth_model.hpp"
#include "media/image_decoder.hpp"
#include "nn/native/native_network.hpp"
#include "nn/native/split_network.hpp"
#include "pipeline/self_test/check.hpp"
#include "quality/frame_reader.hpp"
#include "sink/mp4_sink.hpp"

namespace framegen {
namespace {

using Check = std::function<Result<Seen>()>;

template <class T>
Result<std::vector<T>> values(std::span<const std::uint8_t> npy, const char* name) {
  return npy_values<T>(FRAMEGEN_TRY(parse_npy(npy, name)));
}

Result<std::vector<float>> speech(const SelfTestData& golden) {
  SpeechSource source = FRAMEGEN_TRY(SpeechSource::open(golden.speech, "golden speech"));
  std::vector<float> samples(static_cast<std::size_t>(kSpeechRateHz));
  samples.resize(FRAMEGEN_TRY(source.read(samples)));
  return samples;
}

Result<Seen> mel(const SelfTestData& golden) {
  const auto samples = FRAMEGEN_TRY(speech(golden));
  const Tensor mel = FRAMEGEN_TRY(mel_of(reader_of(samples)));
  const auto expected = FRAMEGEN_TRY(values<float>(golden.mel, "golden mel"));
  return compare<float>(mel.data.span(), expected, 1e-4);
}

// A tone at another rate comes out as the same tone, away from its ends.
Result<Seen> resampling() {
  constexpr int kFromHz = 22050, kToneHz = 1000;
  constexpr std::size_t kEdge = 400;
  std::vector<float> in(kFromHz / 2), out;
  const auto tone = [](std::size_t i, int rate_hz) {
    return 0.5 * std::sin(2 * std::numbers::pi * kToneHz * static_cast<double>(i) / rate_hz);
  };
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<float>(tone(i, kFromHz));
  Resampler resampler = FRAMEGEN_TRY(Resampler::create(kFromHz));
  FRAMEGEN_TRY(resampler.push(in, out));
  FRAMEGEN_TRY(resampler.finish(out));
  Seen seen{out.size() == kSpeechRateHz / 2 ? 0.0 : 1.0, 1e-3};
  for (std::size_t i = kEdge; i + kEdge < out.size(); ++i)
    seen.difference = std::max(seen.difference, std::abs(out[i] - tone(i, kSpeechRateHz)));
  return seen;
}

Result<Seen> features(const SelfTestData& golden, const SynthModel& model) {
  const auto samples = FRAMEGEN_TRY(speech(golden));
  const auto network = FRAMEGEN_TRY(load_native_network(model.audio_encoder));
  AudioEncoder encoder = FRAMEGEN_TRY(AudioEncoder::create(*network));
  const Tensor found = FRAMEGEN_TRY(features_of(reader_of(samples), std::move(encoder)));
  const auto expected = FRAMEGEN_TRY(values<float>(golden.features, "golden features"));
  const auto size = static_cast<std::size_t>(found.shape[1]);
  const auto all = std::span<const float>(found.data.span());
  if (all.size() < 2 * size) return Error{ErrorCode::kInternal, "", "too few features", ""};
  return compare(all.subspan(size, all.size() - 2 * size), std::span<const float>(expected), 1e-4);
}

Result<Image> picture(std::span<const std::uint8_t> file, const char* name) {
  Image image;
  ImageDecoder decoder;
  FRAMEGEN_TRY(decoder.decode(file, name, image));
  return image;
}

std::span<const std::uint8_t> bytes_of(const Image& image) { return {image.data(), image.bytes()}; }

Result<Seen> jpeg(const SelfTestData& golden) {
  const Image image = FRAMEGEN_TRY(picture(golden.jpeg, "golden JPEG"));
  return Seen{sha256_hex(bytes_of(image)) == golden.jpeg_sha256 ? 0.0 : 1.0, 0};
}

Result<Image> crop_of(const Image& box) {
  const FaceGeometry geometry;
  Image crop(geometry.crop, geometry.crop);
  FRAMEGEN_TRY(crop_face(box, {0, 0, box.width(), box.height()}, geometry, crop));
  return crop;
}

Result<Seen> crop(const SelfTestData& golden) {
  const Image box = FRAMEGEN_TRY(picture(golden.box, "golden box"));
  const Image found = FRAMEGEN_TRY(crop_of(box));
  const auto expected = FRAMEGEN_TRY(values<std::uint8_t>(golden.crop_samples, "golden crop"));
  return compare<std::uint8_t>(bytes_of(found), expected, 0, SelfTestData::kSampleStride);
}

Result<Seen> generator(const SelfTestData& golden, const SynthModel& model) {
  const GeneratorShape shape;
  const FaceGeometry geometry;
  const Image box = FRAMEGEN_TRY(picture(golden.box, "golden box"));
  const Image cropped = FRAMEGEN_TRY(crop_of(box));
  const std::array<std::int64_t, 4> image_shape{1, 6, shape.image_size, shape.image_size};
  AlignedBuffer<float> image(element_count(image_shape));
  fill_image_input(shape, inner_view(cropped.view(), geometry), image.data());
  const auto network = FRAMEGEN_TRY(SplitNetwork::load(model.generator));
  const auto runner = FRAMEGEN_TRY(network->make_runner());
  AlignedBuffer<std::byte> kept(network->image_part_bytes());
  const TensorView input(image_shape, image.span());
  FRAMEGEN_TRY(runner->run_image({&input, 1}, kept.span()));
  const auto window = FRAMEGEN_TRY(values<float>(golden.audio_window, "golden window"));
  std::vector<float> output(image.size() / 2);
  FRAMEGEN_TRY(runner->run_audio(window, kept.span(), output, {}));
  const auto expected = FRAMEGEN_TRY(values<float>(golden.generator_samples, "golden generator output"));
  return compare<float>(output, expected, 1e-4, SelfTestData::kSampleStride);
}

Result<Seen> paste(const SelfTestData& golden) {
  const Image box = FRAMEGEN_TRY(picture(golden.box, "golden box"));
  const Image face = FRAMEGEN_TRY(picture(golden.face, "golden face"));
  const Image cropped = FRAMEGEN_TRY(crop_of(box));
  Image pasted(box.width(), box.height());
  PasteScratch scratch;
  FRAMEGEN_TRY(paste_face(cropped, face, {}, scratch, pasted));
  const auto expected = FRAMEGEN_TRY(values<std::uint8_t>(golden.pasted_samples, "golden paste"));
  return compare<std::uint8_t>(bytes_of(pasted), expected, 0, SelfTestData::kSampleStride);
}

struct RemovedAtEnd {
  std::filesystem::path path;
  ~RemovedAtEnd() {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }
};

// Ten frames of the box, encoded and decoded again: the same number, and about the same picture.
Result<Seen> video(const SelfTestData& golden) {
  constexpr int kFrames = 10;
  const Image box = FRAMEGEN_TRY(picture(golden.box, "golden box"));
  std::error_code failed;
  const std::filesystem::path folder = std::filesystem::temp_directory_path(failed);
  if (failed) return Error{ErrorCode::kBadOutput, "temporary folder", failed.message(), "set TMPDIR"};
  const RemovedAtEnd file{folder / fmt::format("framegen-doctor-{}.mp4", ::getpid())};
  Mp4Sink sink(file.path, {});
  FRAMEGEN_TRY(sink.begin({box.width(), box.height(), 25, 1}));
  for (int i = 0; i < kFrames; ++i) {
    SinkFrame frame;
    frame.index = i;
    frame.bgr = box;
    FRAMEGEN_TRY(sink.write(frame));
  }
  FRAMEGEN_TRY(sink.finish());
  const auto reader = FRAMEGEN_TRY(FrameReader::open(file.path));
  int frames = 0;
  double sum = 0;
  while (const Image* decoded = FRAMEGEN_TRY(reader->next())) {
    if (frames++ > 0) continue;
    for (std::size_t i = 0; i < box.bytes(); ++i) sum += std::abs(decoded->data()[i] - box.data()[i]);
  }
  if (frames != kFrames)
    return Error{ErrorCode::kBadOutput, "", fmt::format("{} of {} frames came back", frames, kFrames), ""};
  return Seen{sum / static_cast<double>(box.bytes()), 8};  // mean levels
}

}  // namespace

std::vector<SelfCheck> self_test(const SelfTestData& golden) {
  constexpr const char* kOurs =
      "this is a bug of ours or a broken CPU: please report it with all of this output";
  constexpr const char* kLibraries =
      "reinstall the distribution's OpenCV and libjpeg-turbo; frames differ from those of other machines as "
      "long as this fails";
  constexpr const char* kFfmpeg =
      "install the distribution's FFmpeg with libx264, and see that the temporary folder is writable";
  std::vector<SelfCheck> checks;
  checks.push_back(compared_check("mel spectrogram", kOurs, [&] { return mel(golden); }));
  checks.push_back(
      compared_check("resampling", "reinstall the distribution's libsoxr", [] { return resampling(); }));
  checks.push_back(compared_check("JPEG decoding", kLibraries, [&] { return jpeg(golden); }));
  checks.push_back(compared_check("face crop", kLibraries, [&] { return crop(golden); }));
  checks.push_back(compared_check("face paste", kLibraries, [&] { return paste(golden); }));
  const auto model = make_synth_model({.width = 0.5});
  const auto with_model = [&](const auto& check) -> Check {
    return [&model, &golden, check]() -> Result<Seen> {
      if (!model) return model.error();
      return check(golden, *model);
    };
  };
  checks.push_back(compared_check("audio encoder", kOurs, with_model(features)));
  checks.push_back(compared_check("generator", kOurs, with_model(generator)));
  checks.push_back(compared_check("H.264 video", kFfmpeg, [&] { return video(golden); }));
  return checks;
}

}  // namespace framegen
