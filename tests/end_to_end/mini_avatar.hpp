// mini_avatar.hpp: the golden data set as an avatar (12 frames of 640×360, half-width seeded networks), made
// by the program.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "support/program.hpp"

namespace framegen::test {

// framegen with these arguments.
ProgramRun framegen(std::vector<std::string> arguments, const std::filesystem::path& stdout_to = {});
// Made once per test program; do not change it: copy it.
const std::filesystem::path& mini_avatar();
// A copy that may be broken.
std::filesystem::path copy_of_mini_avatar(const TemporaryFolder& folder);
std::string golden_speech();  // 1.5 s, 36 frames

// A 16-bit or float mono WAV at 16 kHz.
void write_wav(const std::filesystem::path& path, const std::vector<float>& samples);

}  // namespace framegen::test
