// sandbox_words.cpp: one flag, and what -v says of it.
#include "words/sandbox_words.hpp"

#include "command.hpp"

namespace framegen::app {

void SandboxWords::add_to(CLI::App& command) {
  command.add_flag("--no-sandbox", none,
                   "decode sound and film in this process, not in one that can do nothing else");
}

Result<std::shared_ptr<Sandbox>> SandboxWords::start() const {
  if (none) return std::shared_ptr<Sandbox>();
  auto sandbox = Sandbox::start();
  if (!sandbox) {
    Error error = std::move(sandbox).error();
    error.remedy = "close other programs, or add --no-sandbox where you trust the file";
    return error;
  }
  print_detail("sandbox: " + (*sandbox)->walls());
  return sandbox;
}

}  // namespace framegen::app
