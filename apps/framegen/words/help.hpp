// help.hpp: the help pages: commands and options in groups, an example for each, a summary for the bare word.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace framegen::app {

// To be called when all commands have added themselves.
void arrange_help(CLI::App& program);
// One that does something with files that people have; empty for a command that has none.
std::string example_of(const std::string& command);
// What `framegen` alone says.
std::string usage_summary();

}  // namespace framegen::app
