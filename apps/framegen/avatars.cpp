// avatars.cpp: framegen avatars, and the search behind --avatar NAME.
#include "avatars.hpp"

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "avatar/avatar_bundle.hpp"
#include "command.hpp"
#include "shipped_files.hpp"
#include "words/command_line.hpp"

namespace framegen::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

bool is_avatar(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_regular_file(folder / "avatar.json", ignored);
}

// A name, not a path.
bool is_name(const std::string& word) {
  return !word.empty() && word != "." && word != ".." && word.find('/') == std::string::npos;
}

// Each once, by the first place that has its name: what --avatar NAME takes.
std::vector<fs::path> all_avatars() {
  std::set<std::string> names;
  std::vector<fs::path> found;
  for (const fs::path& place : avatar_search_path()) {
    std::vector<fs::path> here;
    std::error_code error;
    for (fs::directory_iterator at(place, error), end; !error && at != end; at.increment(error))
      if (is_avatar(at->path())) here.push_back(at->path().lexically_normal());
    std::sort(here.begin(), here.end());
    for (const fs::path& folder : here)
      if (names.insert(folder.filename().string()).second) found.push_back(folder);
  }
  return found;
}

Result<fs::path> no_such_avatar(const std::string& name) {
  std::vector<std::string> names;
  for (const fs::path& folder : all_avatars()) names.push_back(folder.filename().string());
  const auto meant = nearest(name, names);
  return Error{ErrorCode::kBadAvatar, name,
               "is neither a folder with an avatar.json nor the name of an avatar",
               meant ? "did you mean " + *meant + "?" : "framegen avatars lists those that there are"};
}

Json facts_of(const fs::path& folder) {
  Json facts = {{"name", folder.filename().string()}, {"folder", folder.string()}};
  const auto bundle = AvatarBundle::open(folder, {});
  if (!bundle) {
    facts["broken"] = bundle.error().message();
    return facts;
  }
  const Manifest& manifest = bundle->manifest();
  facts["width"] = manifest.width;
  facts["height"] = manifest.height;
  facts["fps"] = manifest.fps;
  facts["template_frames"] = manifest.frames.size();
  facts["licence"] = manifest.licence;
  return facts;
}

void print_line(const Json& facts) {
  const std::string name = facts["name"], folder = facts["folder"];
  if (facts.contains("broken")) {
    std::printf("%-16s  broken: %s\n", name.c_str(), facts["broken"].get<std::string>().c_str());
    return;
  }
  std::printf("%-16s  %d×%d, %d template frames, %s  %s\n", name.c_str(), facts["width"].get<int>(),
              facts["height"].get<int>(), facts["template_frames"].get<int>(),
              facts["licence"].get<std::string>().c_str(), folder.c_str());
}

void list_avatars(bool json) {
  Json all = Json::array();
  for (const fs::path& folder : all_avatars()) all.push_back(facts_of(folder));
  if (json) return void(std::printf("%s\n", all.dump(2).c_str()));
  for (const Json& facts : all) print_line(facts);
  if (!all.empty()) return;
  std::printf("no avatars in:\n");
  for (const fs::path& place : avatar_search_path()) std::printf("  %s\n", place.c_str());
}

}  // namespace

std::vector<fs::path> avatar_search_path() {
  std::vector<fs::path> places{"."};
  if (const char* given = std::getenv("FRAMEGEN_AVATARS"); given != nullptr) {
    std::istringstream folders(given);
    for (std::string folder; std::getline(folders, folder, ':');)
      if (!folder.empty()) places.emplace_back(folder);
  }
  places.emplace_back("avatars");
  for (const fs::path& share : share_folders()) places.push_back(share / "avatars");
  return places;
}

std::optional<fs::path> avatar_named(const std::string& name) {
  if (!is_name(name)) return std::nullopt;
  for (const fs::path& place : avatar_search_path())
    if (is_avatar(place / name)) return place == "." ? fs::path(name) : place / name;
  return std::nullopt;
}

Result<fs::path> avatar_folder(const std::string& given) {
  std::string word = given;
  if (const char* named = std::getenv("FRAMEGEN_AVATAR"); word.empty() && named != nullptr) word = named;
  if (!word.empty()) {
    if (const auto folder = avatar_named(word)) return *folder;
    std::error_code ignored;
    if (!is_name(word) || fs::is_directory(word, ignored)) return fs::path(word);
    return no_such_avatar(word);
  }
  if (const auto json = shipped_file("avatars/ava/avatar.json")) return json->parent_path();
  return Error{ErrorCode::kBadAvatar, "--avatar", "no avatar was named and the default one is not installed",
               "name one: --avatar DIR"};
}

void add_avatars(CLI::App& program, int& exit_code) {
  auto json = std::make_shared<bool>(false);
  CLI::App* command = program.add_subcommand("avatars", "list the avatars that --avatar NAME finds");
  command->add_flag("--json", *json, "as JSON");
  command->callback([json, &exit_code] {
    list_avatars(*json);
    exit_code = 0;
  });
}

}  // namespace framegen::app
