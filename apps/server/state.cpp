// state.cpp: avatars opened, the machine's limit measured.
#include "state.hpp"

#include <algorithm>
#include <random>

namespace framegen::server {
namespace {

constexpr double kShareOfMachine = 0.85;  // the rest encodes pictures and serves sockets

// Faces per second, by letting the avatar speak a second of silence.
Result<double> measure(const std::shared_ptr<const Avatar>& avatar) {
  Session session = FRAMEGEN_TRY(Session::create(avatar));
  FRAMEGEN_TRY(session.push(std::vector<float>(24000)));
  FRAMEGEN_TRY(session.finish());
  Frame frame;
  FRAMEGEN_TRY(session.pull(frame));  // the first one pays for what is made once
  const auto start = std::chrono::steady_clock::now();
  int frames = 0;
  while (FRAMEGEN_TRY(session.pull(frame)) == Pulled::kFrame) ++frames;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  return frames / took.count();
}

bool is_loopback(const std::string& address) {
  return address.starts_with("127.") || address == "::1" || address == "localhost";
}

}  // namespace

std::string FinishedRenders::put(std::string video) {
  std::random_device random;
  std::string name;
  for (int i = 0; i < 4; ++i) name += std::to_string(random());
  const std::lock_guard lock(mutex_);
  videos_.push_back({name, std::make_shared<const std::string>(std::move(video))});
  std::size_t bytes = 0;
  for (const Video& kept : videos_) bytes += kept.bytes->size();
  while (videos_.size() > kMost || (videos_.size() > 1 && bytes > most_bytes_)) {
    bytes -= videos_.front().bytes->size();
    videos_.pop_front();
  }
  return name;
}

std::shared_ptr<const std::string> FinishedRenders::find(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  for (const Video& video : videos_)
    if (video.name == name) return video.bytes;
  return nullptr;
}

void FinishedRenders::forget(std::string_view name) {
  const std::lock_guard lock(mutex_);
  std::erase_if(videos_, [&](const Video& video) { return video.name == name; });
}

std::shared_ptr<const Avatar> State::find(const std::string& name) const {
  for (const auto& avatar : avatars)
    if (name.empty() || avatar->info().name == name) return avatar;
  return nullptr;
}

Result<std::unique_ptr<State>> open_state(const ServerOptions& options) {
  if (options.token.empty() && !is_loopback(options.address))
    return Error{ErrorCode::kBadUse, "--listen " + options.address,
                 "others than this machine could use the server",
                 "give a --token (or FRAMEGEN_TOKEN), and put a TLS proxy before it"};
  auto state = std::make_unique<State>(options);
  state->engine = std::make_unique<Engine>(FRAMEGEN_TRY(Engine::create(options.engine)));
  for (const auto& folder : options.avatars) {
    auto avatar = FRAMEGEN_TRY(Avatar::open(*state->engine, folder));
    if (!avatar->info().name.empty() && state->find(avatar->info().name) != nullptr)
      return Error{ErrorCode::kBadUse, "--avatar " + folder.string(),
                   "is the second one of the name " + avatar->info().name + ", and clients ask by name",
                   "give it another \"name\" in its avatar.json"};
    state->avatars.push_back(std::move(avatar));
  }
  if (state->avatars.empty())
    return Error{ErrorCode::kBadUse, "serve", "there is no avatar", "name one with --avatar"};
  if (options.max_sessions == 0) {
    const double faces_per_second = FRAMEGEN_TRY(measure(state->avatars.front()));
    state->options.max_sessions = std::max(1, static_cast<int>(faces_per_second * kShareOfMachine / 25));
  }
  if (!options.voice.tts.empty() || !options.voice.voice.empty() || voice::espeak_is_there())
    state->voice = FRAMEGEN_TRY(voice::open_voice(options.voice));
  UploadFolder::sweep();
  return state;
}

}  // namespace framegen::server
