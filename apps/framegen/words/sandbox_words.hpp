// sandbox_words.hpp: --no-sandbox, and the sandbox of a command that opens strangers' files.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>

#include "framegen/sandbox.hpp"

namespace framegen::app {

struct SandboxWords {
  bool none = false;
  void add_to(CLI::App& command);
  // To be called before anything that starts threads. Null with --no-sandbox. Errors: Sandbox::start()'s.
  Result<std::shared_ptr<Sandbox>> start() const;
};

}  // namespace framegen::app
