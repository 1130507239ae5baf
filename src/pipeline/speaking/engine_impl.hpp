// engine_impl.hpp: what is behind Engine and Avatar.
#pragma once

#include <memory>

#include "framegen/avatar.hpp"
#include "framegen/engine.hpp"
#include "pipeline/speaking/speaker.hpp"
#include "pipeline/speaking/worker_pool.hpp"

namespace framegen {

struct Engine::Impl {
  EngineOptions options;  // defaults filled in
  std::unique_ptr<WorkerPool> pool;
};

struct Avatar::Impl {
  std::shared_ptr<Engine::Impl> engine;
  std::unique_ptr<Speaker> speaker;
  AvatarInfo info;
};

}  // namespace framegen
