// avatar_writer.hpp: an avatar's folder, made beside its final place and moved there when it is whole.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "avatar/manifest.hpp"
#include "core/partial.hpp"
#include "framegen/result.hpp"

namespace framegen {

// Called after every step; false stops the import, which then leaves nothing behind (kCancelled).
using ImportProgress = std::function<bool(int done, int total)>;

// Errors: kCancelled.
Status tell(const ImportProgress& progress, std::size_t done, std::size_t total);

class AvatarWriter {
 public:
  // Errors: kBadOutput: something lies at `target` (with `replace`: something that is no avatar); it cannot
  // be written.
  static Result<AvatarWriter> create(const std::filesystem::path& target, bool replace);

  // Where the avatar's files lie until commit(): for a writer that makes them itself.
  const std::filesystem::path& folder() const { return partial_.path(); }
  // The bytes as they are. `name`: relative to the avatar's folder. Errors: kBadInput, kBadOutput.
  Status copy(const std::filesystem::path& from, const std::string& name);
  // A network: copied, and its hash taken for the manifest.
  Result<ModelFile> copy_model(const std::filesystem::path& from, const std::string& name);
  // Writes avatar.json and moves the folder to its place.
  Status commit(const Manifest& manifest);

 private:
  AvatarWriter() = default;
  std::filesystem::path target_;
  PartialFolder partial_;
};

}  // namespace framegen
