// container.cpp: extensions and what each of them is.
#include "sink/container.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>

namespace framegen {
namespace {

struct Known {
  std::string_view extension;
  Container container;
};
constexpr std::array kKnown = {Known{"mp4", Container::kMp4}, Known{"m4v", Container::kMp4},
                               Known{"mov", Container::kMov}, Known{"mkv", Container::kMatroska}};

constexpr const char* kGiveOurs = "give a name that ends in .mp4, .mov or .mkv";

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string remedy_for(const std::string& extension, const std::filesystem::path& video) {
  const std::string stem = video.stem().string();
  for (const char* convertible : {"webm", "avi", "gif", "webp", "ts", "flv"})
    if (extension == convertible)
      return "render " + stem + ".mp4, then: ffmpeg -i " + stem + ".mp4 " + video.filename().string();
  return kGiveOurs;
}

}  // namespace

bool is_standard_output(const std::filesystem::path& video) {
  return video.stem() == "-" && !video.has_parent_path();
}

Result<Container> container_of(const std::filesystem::path& video) {
  if (video == "-") return Container::kMatroska;
  const std::string kind = video.has_extension() ? lower(video.extension().string().substr(1)) : "";
  for (const Known& known : kKnown)
    if (known.extension == kind) return known.container;
  if (kind.empty())
    return Error{ErrorCode::kBadOutput, video.string(), "does not say which kind of video it is", kGiveOurs};
  return Error{ErrorCode::kBadOutput, video.string(), "is of a kind that framegen does not write: " + kind,
               remedy_for(kind, video)};
}

const char* muxer_name(Container container) {
  return container == Container::kMp4 ? "mp4" : container == Container::kMov ? "mov" : "matroska";
}

}  // namespace framegen
