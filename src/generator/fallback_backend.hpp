// fallback_backend.hpp: a device that may fail in the middle of a speech, and the CPU that then goes on.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "generator/backend.hpp"

namespace framegen {

using MakeCpuBackend = std::function<Result<std::unique_ptr<GeneratorBackend>>()>;

// Runs on `device` until it fails once: lost, out of memory, whatever it says. `warn` is then told in a
// sentence, from the thread that saw it, `make_cpu` is called, the faces that failed are made by what it
// gives and all after them too. Errors of run(): those of `make_cpu` and of what it made.
std::unique_ptr<GeneratorBackend> make_fallback_backend(std::unique_ptr<GeneratorBackend> device,
                                                        MakeCpuBackend make_cpu,
                                                        std::function<void(std::string_view)> warn);

}  // namespace framegen
