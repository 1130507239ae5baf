// handles.hpp: engine and avatar as Python holds them.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common.hpp"
#include "framegen/avatar.hpp"
#include "framegen/engine.hpp"

namespace framegen::python {

// Warnings come from any thread, which must not wait for the interpreter: they are kept until somebody asks.
struct Warnings {
  static constexpr std::size_t kMost = 1000;
  std::mutex mutex;
  std::vector<std::string> texts;
  void add(std::string_view text) {
    const std::lock_guard lock(mutex);
    if (texts.size() < kMost) texts.emplace_back(text);
  }
  std::vector<std::string> take() {
    const std::lock_guard lock(mutex);
    return std::exchange(texts, {});
  }
};

struct EngineHandle {
  std::shared_ptr<Owned<Engine>> engine;
  std::shared_ptr<Warnings> warnings;
  Engine& get() const { return engine->get("Engine"); }
};

struct AvatarHandle {
  EngineHandle engine;
  std::shared_ptr<Owned<std::shared_ptr<const Avatar>>> avatar;
  const std::shared_ptr<const Avatar>& get() const { return avatar->get("Avatar"); }
};

}  // namespace framegen::python
