// stranger.cpp: includes every public header and makes an engine from the installed library.
#include <framegen/framegen.hpp>
#include <iostream>

int main() {
  auto engine = framegen::Engine::create({.threads = 1});
  if (!engine) {
    std::cerr << engine.error().message() << '\n';
    return 1;
  }
  const auto avatar = framegen::Avatar::open(*engine, "there/is/none");
  return !avatar && avatar.error().code == framegen::ErrorCode::kBadAvatar ? 0 : 1;
}
