// engine.cpp: options made whole, threads started.
#include "core/machine.hpp"
#include "kernels/instruction_set.hpp"
#include "pipeline/speaking/engine_impl.hpp"

namespace framegen {
namespace {

Error no_engine_option(const std::string& option, const std::string& range) {
  return {ErrorCode::kBadUse, "EngineOptions::" + option, "is out of range", "give " + range};
}

}  // namespace

Result<Engine> Engine::create(const EngineOptions& given) {
  if (given.threads < 0 || given.threads > kMostThreads)
    return no_engine_option("threads", "0 … " + std::to_string(kMostThreads));
  if (given.batch < 0 || given.batch > kMaxBatch)
    return no_engine_option("batch", "0 … " + std::to_string(kMaxBatch));
  if (!given.cpu.empty()) FRAMEGEN_TRY(use_at_most(given.cpu));
  auto impl = std::make_shared<Impl>();
  impl->options = given;
  if (given.threads == 0) impl->options.threads = usable_cores();
  if (given.memory_budget_bytes == 0) impl->options.memory_budget_bytes = usual_memory_budget();
  impl->pool = FRAMEGEN_TRY(WorkerPool::create(impl->options.threads));
  return Engine(std::move(impl));
}

Engine::Engine(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;
const EngineOptions& Engine::options() const { return impl_->options; }

}  // namespace framegen
