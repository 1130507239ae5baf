// live.cpp: a presenter speaks live, 25 pictures a second.   live AVATAR SPEECH.s16   (16 kHz mono 16-bit)
#include <framegen/framegen.hpp>
#include <fstream>
#include <iostream>
#include <thread>
#include <vector>

static framegen::Status speak(const char* folder, std::ifstream speech) {
  auto engine = FRAMEGEN_TRY(framegen::Engine::create());
  auto avatar = FRAMEGEN_TRY(framegen::Avatar::open(engine, folder));
  auto session = FRAMEGEN_TRY(framegen::LiveSession::create(avatar));
  std::vector<std::int16_t> samples(640);  // 40 ms, as a microphone gives them
  int speaking = 0;
  for (auto due = std::chrono::steady_clock::now();; due += std::chrono::milliseconds(40)) {
    std::this_thread::sleep_until(due);
    if (speech.read(reinterpret_cast<char*>(samples.data()), 1280)) {
      FRAMEGEN_TRY(session.push(samples));
    } else {
      FRAMEGEN_TRY(session.finish());
    }
    framegen::LiveOutput out;
    const auto pulled = FRAMEGEN_TRY(session.pull(out));  // out.frame.bgr and out.sound belong together
    if (pulled == framegen::LivePulled::kSpeech) ++speaking;
    if (pulled == framegen::LivePulled::kSegmentEnd)
      std::cout << speaking << " pictures spoke " << out.position_ms << " ms\n";
    if (pulled == framegen::LivePulled::kFinished) return {};
  }
}

int main(int argc, char** argv) {
  if (argc != 3) return std::cerr << "use: live AVATAR SPEECH.s16\n", 2;
  const framegen::Status status = speak(argv[1], std::ifstream(argv[2], std::ios::binary));
  if (!status) std::cerr << "error: " << status.error().message() << '\n';
  return status ? 0 : static_cast<int>(status.error().code);
}
