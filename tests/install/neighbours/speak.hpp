// speak.hpp: framegen makes three pictures, once with its own runner and once with ONNX Runtime.
#pragma once

#include <framegen/framegen.hpp>
#include <iostream>
#include <vector>

inline framegen::Status speak(const char* folder, framegen::Backend backend) {
  framegen::EngineOptions options;
  options.threads = 1;
  options.backend = backend;
  options.keep_image_parts_on_disk = false;
  auto engine = FRAMEGEN_TRY(framegen::Engine::create(options));
  auto avatar = FRAMEGEN_TRY(framegen::Avatar::open(engine, folder));
  auto session = FRAMEGEN_TRY(framegen::Session::create(avatar));
  const std::vector<float> silence(16000 / 25 * 3);
  FRAMEGEN_TRY(session.push(silence));
  FRAMEGEN_TRY(session.finish());
  framegen::Frame frame;
  int pictures = 0;
  while (FRAMEGEN_TRY(session.pull(frame)) == framegen::Pulled::kFrame) ++pictures;
  if (pictures >= 3) return {};  // the sound of three, and what its end still moves
  return framegen::Error{framegen::ErrorCode::kInternal, folder,
                         std::to_string(pictures) + " pictures, not 3 or more", ""};
}

inline bool speaks(const char* folder) {
  for (const auto backend : {framegen::Backend::kNative, framegen::Backend::kOnnxRuntime}) {
    const framegen::Status status = speak(folder, backend);
    if (status) continue;
    std::cerr << "framegen: " << status.error().message() << '\n';
    return false;
  }
  return true;
}
