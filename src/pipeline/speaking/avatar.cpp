// avatar.cpp: the public face of an opened avatar.
#include "framegen/avatar.hpp"

#include "pipeline/speaking/engine_impl.hpp"

namespace framegen {
namespace {

AvatarInfo describe(const Speaker& speaker) {
  const Manifest& manifest = speaker.bundle().manifest();
  AvatarInfo info;
  info.name = manifest.name;
  info.licence = manifest.licence;
  info.source = manifest.source;
  info.width = manifest.width;
  info.height = manifest.height;
  info.fps = manifest.fps;
  info.template_frames = static_cast<int>(manifest.frames.size());
  info.idle = manifest.idle;
  info.backend = speaker.backend().name();
  info.backend_reason = speaker.backend_reason();
  info.precision = speaker.backend().precision();
  info.precision_reason = speaker.precision_reason();
  info.workers = speaker.workers();
  info.batch = speaker.batch();
  return info;
}

}  // namespace

Result<std::shared_ptr<const Avatar>> Avatar::open(Engine& engine, const std::filesystem::path& folder) {
  auto impl = std::make_unique<Impl>();
  impl->engine = engine.impl();
  impl->speaker = FRAMEGEN_TRY(Speaker::open(folder, engine.options()));
  impl->info = describe(*impl->speaker);
  return std::shared_ptr<const Avatar>(std::make_shared<Avatar>(std::move(impl)));
}

Avatar::Avatar(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Avatar::~Avatar() = default;
const AvatarInfo& Avatar::info() const { return impl_->info; }

}  // namespace framegen
