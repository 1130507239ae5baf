// stream.hpp: framegen stream adds itself to the program.
#pragma once

#include <CLI/CLI.hpp>

namespace framegen::app {

void add_stream(CLI::App& program, int& exit_code);

}  // namespace framegen::app
