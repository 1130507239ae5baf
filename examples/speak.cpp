// speak.cpp: an avatar speaks; every picture passes through your hands.
//   speak AVATAR SPEECH.f32      (SPEECH.f32: 16 kHz mono float samples)
#include <framegen/framegen.hpp>
#include <fstream>
#include <iostream>
#include <vector>

namespace {

std::vector<float> read_samples(const char* path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  std::vector<float> samples(static_cast<std::size_t>(std::max<std::streamoff>(0, file.tellg())) /
                             sizeof(float));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(samples.data()),
            static_cast<std::streamsize>(samples.size() * sizeof(float)));
  return samples;
}

framegen::Status speak(const char* folder, std::vector<float> samples) {
  auto engine = FRAMEGEN_TRY(framegen::Engine::create());
  auto avatar = FRAMEGEN_TRY(framegen::Avatar::open(engine, folder));
  auto session = FRAMEGEN_TRY(framegen::Session::create(avatar));
  FRAMEGEN_TRY(session.speak(std::move(samples)));  // however long: taken as pictures are pulled
  std::int64_t pictures = 0;
  framegen::Frame frame;
  while (FRAMEGEN_TRY(session.pull(frame)) == framegen::Pulled::kFrame)
    ++pictures;  // frame.bgr is yours until the next pull
  std::cout << pictures << " pictures of " << avatar->info().width << "×" << avatar->info().height << '\n';
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "use: speak AVATAR SPEECH.f32\n";
    return 2;
  }
  const framegen::Status status = speak(argv[1], read_samples(argv[2]));
  if (status) return 0;
  std::cerr << "error: " << status.error().message() << '\n';
  return static_cast<int>(status.error().code);
}
