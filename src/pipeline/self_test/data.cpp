// data.cpp: files become constants by the assembler: no time at configuring, none at start.
#include "pipeline/self_test/data.hpp"

#ifdef __APPLE__
#define FRAMEGEN_SECTION ".const_data\n"
#define FRAMEGEN_SECTION_END ".text\n"
#define FRAMEGEN_SYMBOL "_"
#else
#define FRAMEGEN_SECTION ".pushsection .rodata\n"
#define FRAMEGEN_SECTION_END ".popsection\n"
#define FRAMEGEN_SYMBOL ""
#endif

// name[] … name##_end[]
#define FRAMEGEN_EMBED(name, file)                                                                         \
  __asm__(FRAMEGEN_SECTION ".balign 16\n" FRAMEGEN_SYMBOL #name ":\n.incbin \"" FRAMEGEN_SOURCE_FOLDER     \
                           "/" file "\"\n" FRAMEGEN_SYMBOL #name "_end:\n.byte 0\n" FRAMEGEN_SECTION_END); \
  extern "C" const std::uint8_t name[], name##_end[]

FRAMEGEN_EMBED(framegen_golden_speech, "tests/golden/audio/short.wav");
FRAMEGEN_EMBED(framegen_golden_mel, "tests/golden/mel/short_mel.npy");
FRAMEGEN_EMBED(framegen_golden_features, "tests/golden/net/short_emb.npy");
FRAMEGEN_EMBED(framegen_golden_box, "assets/self_test/box.png");
FRAMEGEN_EMBED(framegen_golden_crop, "assets/self_test/crop.npy");
FRAMEGEN_EMBED(framegen_golden_window, "tests/golden/net/audio_window.npy");
FRAMEGEN_EMBED(framegen_golden_generator, "assets/self_test/generator.npy");
FRAMEGEN_EMBED(framegen_golden_face, "tests/golden/compositor/face.png");
FRAMEGEN_EMBED(framegen_golden_pasted, "assets/self_test/pasted.npy");
FRAMEGEN_EMBED(framegen_golden_jpeg, "tests/fuzz/corpus/image/b.jpg");

namespace framegen {

const SelfTestData& self_test_data() {
  static const SelfTestData data{
      .speech = {framegen_golden_speech, framegen_golden_speech_end},
      .mel = {framegen_golden_mel, framegen_golden_mel_end},
      .features = {framegen_golden_features, framegen_golden_features_end},
      .box = {framegen_golden_box, framegen_golden_box_end},
      .crop_samples = {framegen_golden_crop, framegen_golden_crop_end},
      .audio_window = {framegen_golden_window, framegen_golden_window_end},
      .generator_samples = {framegen_golden_generator, framegen_golden_generator_end},
      .face = {framegen_golden_face, framegen_golden_face_end},
      .pasted_samples = {framegen_golden_pasted, framegen_golden_pasted_end},
      .jpeg = {framegen_golden_jpeg, framegen_golden_jpeg_end},
      .jpeg_sha256 = "998047a9dcb5e247abd125a7944c21cb744aefcd0a4a842d59f7fdf1a7c6886e"};
  return data;
}

}  // namespace framegen
