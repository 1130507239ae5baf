// live_fixture.hpp: live sessions of the golden avatar, and what comes out of them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/files.hpp"
#include "core/sha256.hpp"
#include "framegen/live.hpp"
#include "support/program.hpp"
#include "support/test_avatar.hpp"

namespace framegen::test {

using namespace std::chrono_literals;

struct LiveAvatar {
  Engine engine;
  std::shared_ptr<const Avatar> avatar;
};

inline LiveAvatar open_live(const std::filesystem::path& folder = golden_avatar(), int threads = 2) {
  EngineOptions options;
  options.threads = threads;
  options.keep_image_parts_on_disk = false;
  auto engine = Engine::create(options);
  EXPECT_TRUE(engine.ok());
  auto avatar = Avatar::open(*engine, folder);
  EXPECT_TRUE(avatar.ok()) << (avatar ? "" : avatar.error().message());
  return {*std::move(engine), *std::move(avatar)};
}

// The golden avatar with another idle range.
inline std::filesystem::path golden_avatar_idling(const TemporaryFolder& folder, int first, int last) {
  const auto copy = folder / "avatar";
  std::filesystem::copy(golden_avatar(), copy, std::filesystem::copy_options::recursive);
  auto manifest = nlohmann::ordered_json::parse(*read_text_file(copy / "avatar.json"));
  manifest["idle"] = {first, last};
  std::ofstream(copy / "avatar.json") << manifest.dump();
  return copy;
}

inline std::vector<std::int16_t> golden_speech_16bit() {
  std::vector<std::int16_t> samples;
  for (const float sample : golden_speech())
    samples.push_back(static_cast<std::int16_t>(std::clamp(sample * 32768.0f, -32768.0f, 32767.0f)));
  return samples;
}

inline std::string hash_of(ImageView picture) {
  return sha256_hex(
      {picture.data, static_cast<std::size_t>(picture.stride) * static_cast<std::size_t>(picture.height)});
}

}  // namespace framegen::test
