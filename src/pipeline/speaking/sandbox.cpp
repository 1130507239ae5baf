// sandbox.cpp: the kinds of strangers' files, and who decodes each.
#include "audio/sandboxed_sound.hpp"
#include "avatar/picture_look.hpp"
#include "nn/checkpoint/sandboxed_checkpoint.hpp"
#include "nn/network_look.hpp"
#include "pipeline/speaking/sandbox_impl.hpp"
#include "quality/sandboxed_film.hpp"
#include "sink/sandboxed_track.hpp"

namespace framegen {

Result<std::shared_ptr<Sandbox>> Sandbox::start() {
  auto impl = std::make_unique<Impl>();
  impl->zygote = FRAMEGEN_TRY(sandbox::Zygote::start(
      {&decode_speech, &decode_track, &decode_film, &decode_checkpoint, &look_at_picture, &read_network}));
  return std::shared_ptr<Sandbox>(new Sandbox(std::move(impl)));
}

Sandbox::Sandbox(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Sandbox::~Sandbox() = default;

std::string Sandbox::walls() const {
  const sandbox::Walls walls = sandbox::walls_of_this_system();
  if (walls.system_calls && walls.files) return "system calls and files";
  return walls.system_calls ? "system calls" : walls.files ? "files" : "limits alone";
}

}  // namespace framegen
