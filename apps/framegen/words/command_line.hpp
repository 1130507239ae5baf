// command_line.hpp: what is wrong with a command line, named by its culprit, with the nearest right word.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "framegen/result.hpp"

namespace framegen::app {

// The command that is called so; null: there is none.
const CLI::App* command_named(const CLI::App& program, const std::string& name);

// The candidate that `word` most likely means, or nothing where none is near.
std::optional<std::string> nearest(const std::string& word, const std::vector<std::string>& candidates);

// The first word (after the program's name) that is no command, or no option of its command: asked before
// CLI11, which misses what is required first and so names the wrong thing.
std::optional<Error> strange_word(const CLI::App& program, const std::vector<std::string>& words);

// CLI11's own complaint as one of our errors.
Error parse_error(const CLI::App& program, const CLI::ParseError& thrown);

}  // namespace framegen::app
