// outputs.cpp: refuses, asks, or lets be.
#include "words/outputs.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iostream>

#include "core/file_guard.hpp"
#include "sink/container.hpp"

namespace framegen::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNamesShown = 3;

std::vector<NamedFile> for_the_guard(const std::vector<NamedPath>& paths) {
  std::vector<NamedFile> files;
  for (const NamedPath& named : paths) files.push_back({named.option, named.path});
  return files;
}

// Would something be lost if it were written? Devices and pipes hold nothing.
bool holds_something(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::is_directory(status)) return !fs::is_empty(path, error) && !error;
  return fs::is_regular_file(status) && fs::file_size(path, error) > 0;
}

// That the report cannot be written shows before the hour of rendering, not after it.
Status check_folder_of(const NamedPath& output) {
  fs::path folder = through_links(output.path);
  if (!folder.has_filename()) folder = folder.parent_path();  // "frames/"
  folder = folder.parent_path();
  if (folder.empty()) folder = ".";
  std::error_code error;
  const std::string name = output.option + " " + output.path.string();
  if (!fs::exists(folder, error))
    return Error{ErrorCode::kBadOutput, name, "cannot be written: there is no folder " + folder.string(),
                 "make it first: mkdir -p " + folder.string()};
  if (!fs::is_directory(folder, error))
    return Error{ErrorCode::kBadOutput, name, "cannot be written: " + folder.string() + " is no folder",
                 "name a file in a folder"};
  if (!fs::exists(output.path, error) && ::access(folder.c_str(), W_OK | X_OK) != 0)
    return Error{ErrorCode::kBadOutput, name,
                 "cannot be written into the folder " + folder.string() + ": " + std::strerror(errno),
                 "name one that is writable"};
  return {};
}

std::string names_of(const std::vector<const NamedPath*>& outputs) {
  std::string names;
  for (std::size_t i = 0; i < outputs.size() && i < kNamesShown; ++i)
    names += (i > 0 ? ", " : "") + outputs[i]->path.string();
  if (outputs.size() > kNamesShown) names += " and " + std::to_string(outputs.size() - kNamesShown) + " more";
  return names;
}

bool somebody_says_yes(const std::string& names, bool many) {
  std::fprintf(stderr, "%s exist%s. Replace %s? [y/N] ", names.c_str(), many ? "" : "s",
               many ? "them" : "it");
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace

void OverwriteWords::add_to(CLI::App& command) {
  auto* y = command.add_flag("-y,--yes", yes, "replace outputs that exist, without asking");
  command.add_flag("-n,--no", no, "never replace an output that exists")->excludes(y);
}

Status claim_outputs(const Claim& claim, const OverwriteWords& words) {
  FRAMEGEN_TRY(check_outputs(for_the_guard(claim.inputs), for_the_guard(claim.outputs)));
  std::vector<const NamedPath*> existing;
  for (const NamedPath& output : claim.outputs) {
    if (output.path.empty() || is_standard_output(output.path)) continue;
    if (!output.folder_is_made) FRAMEGEN_TRY(check_folder_of(output));
    if (holds_something(output.path)) existing.push_back(&output);
  }
  if (existing.empty() || words.yes) return {};
  const bool many = existing.size() > 1;
  const std::string names = names_of(existing);
  const bool asked = !words.no && ::isatty(STDIN_FILENO) != 0 && ::isatty(STDERR_FILENO) != 0;
  if (asked && somebody_says_yes(names, many)) return {};
  const std::string where = many ? names : existing.front()->option + " " + names;
  return Error{ErrorCode::kBadOutput, where,
               many ? "exist, and were not replaced" : "exists, and was not replaced",
               std::string(many ? "give other names, " : "give another name, ") +
                   (claim.other_way.empty() ? "" : claim.other_way + ", ") +
                   (many ? "or -y to replace them" : "or -y to replace it")};
}

}  // namespace framegen::app
