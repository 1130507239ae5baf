// wav.hpp: WAV files made and read by the tests themselves, so that no decoder of ours checks itself.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace framegen::test {

struct WavFormat {
  int sample_rate_hz = 16000;
  int channels = 1;
  // What the header promises, where that is to differ from what is there.
  std::uint32_t promised_data_bytes = 0;
};

// A whole WAV file of interleaved samples: std::uint8_t, std::int16_t, std::int32_t, float or double.
template <class T>
std::vector<std::uint8_t> wav_bytes(std::span<const T> interleaved, const WavFormat& format = {}) {
  std::vector<std::uint8_t> file;
  const auto text = [&](std::string_view s) { file.insert(file.end(), s.begin(), s.end()); };
  const auto number = [&](std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) file.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  };
  const auto data_bytes = static_cast<std::uint32_t>(interleaved.size_bytes());
  const std::uint32_t promised = format.promised_data_bytes == 0 ? data_bytes : format.promised_data_bytes;
  const auto rate = static_cast<std::uint32_t>(format.sample_rate_hz);
  const auto frame_bytes =
      static_cast<std::uint32_t>(sizeof(T)) * static_cast<std::uint32_t>(format.channels);
  text("RIFF"), number(36 + promised, 4), text("WAVEfmt "), number(16, 4);
  number(std::is_floating_point_v<T> ? 3 : 1, 2), number(static_cast<std::uint32_t>(format.channels), 2);
  number(rate, 4), number(rate * frame_bytes, 4), number(frame_bytes, 2), number(8 * sizeof(T), 2);
  text("data"), number(promised, 4);
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(interleaved.data());
  file.insert(file.end(), bytes, bytes + data_bytes);
  return file;
}

template <class T>
std::vector<std::uint8_t> wav_bytes(const std::vector<T>& interleaved, const WavFormat& format = {}) {
  return wav_bytes(std::span<const T>(interleaved), format);
}

// The samples of a 16-bit mono WAV file with a 44-byte header, full scale ±1.
inline std::vector<float> read_wav16(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::vector<char> file{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  std::vector<float> samples;
  if (file.size() < 44 || std::string_view(file.data() + 36, 4) != "data") {
    ADD_FAILURE() << path << " is not a plain WAV file";
    return samples;
  }
  for (std::size_t i = 44; i + 2 <= file.size(); i += 2) {
    std::int16_t value = 0;
    std::memcpy(&value, file.data() + i, 2);
    samples.push_back(static_cast<float>(value) / 32768.0F);
  }
  return samples;
}

// A file in the test's temporary folder.
inline std::filesystem::path write_temporary(const std::string& name, std::span<const std::uint8_t> bytes) {
  const auto path = std::filesystem::path(::testing::TempDir()) / name;
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return path;
}

}  // namespace framegen::test
