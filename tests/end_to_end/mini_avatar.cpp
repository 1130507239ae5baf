// mini_avatar.cpp: made with the commands that a user has.
#include "mini_avatar.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>

namespace framegen::test {

ProgramRun framegen(std::vector<std::string> arguments, const std::filesystem::path& stdout_to) {
  arguments.insert(arguments.begin(), FRAMEGEN_PROGRAM);
  return run_program(arguments, stdout_to);
}

const std::filesystem::path& mini_avatar() {
  static const TemporaryFolder folder;
  static const std::filesystem::path avatar = [] {
    const auto models = folder / "models", made = folder / "mini";
    const auto synth = framegen({"synth-model", "--width", "0.5", "--seed", "1", "-o", models.string()});
    EXPECT_EQ(synth.exit_code, 0) << synth.err;
    const auto import =
        framegen({"import", "--dataset", "tests/golden/pipeline/dataset", "--generator",
                  (models / "generator.onnx").string(), "--audio-encoder",
                  (models / "audio_encoder.onnx").string(), "--name", "mini", "-o", made.string()});
    EXPECT_EQ(import.exit_code, 0) << import.err;
    return made;
  }();
  return avatar;
}

std::filesystem::path copy_of_mini_avatar(const TemporaryFolder& folder) {
  std::filesystem::copy(mini_avatar(), folder / "avatar", std::filesystem::copy_options::recursive);
  std::filesystem::remove_all(folder / "avatar" / "cache");
  return folder / "avatar";
}

std::string golden_speech() { return "tests/golden/pipeline/speech.wav"; }

void write_wav(const std::filesystem::path& path, const std::vector<float>& samples) {
  const auto bytes = static_cast<std::uint32_t>(samples.size() * sizeof(float));
  std::ofstream file(path, std::ios::binary);
  const auto u32 = [&](std::uint32_t v) { file.write(reinterpret_cast<const char*>(&v), 4); };
  const auto u16 = [&](std::uint16_t v) { file.write(reinterpret_cast<const char*>(&v), 2); };
  constexpr std::uint16_t kIeeeFloat = 3;
  file << "RIFF", u32(36 + bytes), file << "WAVEfmt ", u32(16), u16(kIeeeFloat), u16(1), u32(16000),
      u32(64000), u16(4), u16(32);
  file << "data", u32(bytes);
  file.write(reinterpret_cast<const char*>(samples.data()), bytes);
}

}  // namespace framegen::test
