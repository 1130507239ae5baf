// outputs.hpp: what a command may write over, by one rule for all of them (docs/cli.md).
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "framegen/result.hpp"

namespace framegen::app {

// -y and -n, as ffmpeg has them.
struct OverwriteWords {
  bool yes = false, no = false;
  void add_to(CLI::App& command);
};

// A file or folder and the option that names it; "-" is a standard stream, an empty path nothing.
struct NamedPath {
  std::string option;
  std::filesystem::path path;
  bool folder_is_made = false;  // one that is missing is no error
};

struct Claim {
  std::vector<NamedPath> inputs, outputs;
  std::string other_way = {};  // what else than -y goes on: "--resume"
};

// Before any work: no output is an input or another output, each can be written, and what exists is replaced
// only with -y or where somebody at the terminal says so. An empty file or folder may always be taken.
// Errors: kBadUse (one file for two ends), kBadOutput.
Status claim_outputs(const Claim& claim, const OverwriteWords& words);

}  // namespace framegen::app
