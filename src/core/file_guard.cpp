// file_guard.cpp: files compared by device and inode, and by place where they are not there yet.
#include "core/file_guard.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <optional>
#include <vector>

namespace framegen {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 40;  // as the kernel follows

// What a name stands for.
struct Place {
  const NamedFile* named = nullptr;
  std::string identity;  // equal for two names of one file; empty: a device, which may be shared
  fs::path real;         // no links in it
  bool is_folder = false, exists = false;
};

std::string identity_of(const struct stat& info) {
  return std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino);
}

Place standard_stream(const NamedFile& named, int descriptor) {
  Place place{&named, descriptor == STDOUT_FILENO ? "standard output" : "", {}, false, false};
  struct stat info {};
  if (::fstat(descriptor, &info) == 0 && S_ISREG(info.st_mode)) place.identity = identity_of(info);
  return place;
}

Place place_of(const NamedFile& named, int descriptor) {
  if (named.path.stem() == "-" && !named.path.has_parent_path()) return standard_stream(named, descriptor);
  Place place{&named, {}, {}, false, false};
  const fs::path target = through_links(named.path);
  std::error_code unknown;
  place.real = fs::weakly_canonical(target, unknown);
  if (unknown) place.real = fs::absolute(target, unknown).lexically_normal();
  if (!place.real.has_filename()) place.real = place.real.parent_path();  // "out/" is "out"
  struct stat info {};
  if (::stat(target.c_str(), &info) != 0) {
    place.identity = "place " + place.real.string();
    return place;
  }
  place.exists = true;
  place.is_folder = S_ISDIR(info.st_mode);
  if (!S_ISCHR(info.st_mode) && !S_ISBLK(info.st_mode)) place.identity = identity_of(info);
  return place;
}

bool lies_in(const fs::path& inner, const fs::path& outer) {
  if (inner.empty() || outer.empty()) return false;
  auto in = inner.begin();
  for (const fs::path& part : outer)
    if (in == inner.end() || *in++ != part) return false;
  return true;
}

Error refused(const NamedFile& output, const std::string& what) {
  return {ErrorCode::kBadUse, output.name + " " + output.path.string(), what, "give another name"};
}

std::string words_of(const NamedFile& named) { return named.name + " " + named.path.string(); }

Status check_folders(const std::vector<Place>& inputs, const Place& output) {
  for (const Place& input : inputs) {
    if (output.is_folder && lies_in(input.real, output.real))
      return refused(*output.named, "would replace " + words_of(*input.named) + ", which is read");
    if (input.is_folder && output.exists && !output.is_folder && lies_in(output.real, input.real))
      return refused(*output.named, "is a file of " + words_of(*input.named) + ", which is read");
  }
  return {};
}

}  // namespace

fs::path through_links(fs::path path) {
  std::error_code error;
  for (int i = 0; i < kMostLinks && fs::is_symlink(fs::symlink_status(path, error)); ++i) {
    const fs::path target = fs::read_symlink(path, error);
    if (error) break;
    path = target.is_absolute() ? target : path.parent_path() / target;
  }
  return path;
}

Status check_outputs(std::span<const NamedFile> inputs, std::span<const NamedFile> outputs) {
  std::map<std::string, const NamedFile*> read, written;
  std::vector<Place> folders_or_not;  // what a folder's rules ask for
  for (const NamedFile& input : inputs) {
    if (input.path.empty()) continue;
    Place place = place_of(input, STDIN_FILENO);
    if (!place.identity.empty()) read.emplace(place.identity, &input);
    folders_or_not.push_back(std::move(place));
  }
  bool input_folders = false;
  for (const Place& input : folders_or_not) input_folders = input_folders || input.is_folder;
  for (const NamedFile& output : outputs) {
    if (output.path.empty()) continue;
    const Place place = place_of(output, STDOUT_FILENO);
    if (place.is_folder || input_folders) FRAMEGEN_TRY(check_folders(folders_or_not, place));
    if (place.identity.empty()) continue;
    if (const auto found = read.find(place.identity); found != read.end())
      return refused(output, "is the same file as " + words_of(*found->second) + ", which is read");
    const auto [other, is_new] = written.emplace(place.identity, &output);
    if (!is_new)
      return refused(output, "is the same file as " + words_of(*other->second) + ", which is written too");
  }
  return {};
}

}  // namespace framegen
