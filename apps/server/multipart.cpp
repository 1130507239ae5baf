// multipart.cpp: parts between boundaries; the file is moved to the front of the body, not copied.
#include "multipart.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

namespace framegen::server {
namespace {

constexpr std::size_t kLongestBoundary = 70;  // RFC 2046
constexpr std::size_t kLongestHead = 4096;    // of one part
constexpr std::size_t kLongestName = 64;      // of a field, shown

Error wrong(const std::string& what) {
  return {ErrorCode::kBadUse, "form", what, "send one file: curl -F file=@speech.wav, or its bytes alone"};
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// A parameter's value: name="value" or name=value, after a ';'. Its name is found whatever its case.
std::optional<std::string> parameter(std::string_view header, std::string_view name) {
  const std::string small = lower(header);
  for (std::size_t at = small.find(';'); at != std::string::npos; at = small.find(';', at)) {
    at = small.find_first_not_of("; \t", at);
    if (at == std::string::npos) return std::nullopt;
    if (small.compare(at, name.size(), name) != 0 || header.substr(at + name.size(), 1) != "=") continue;
    std::string_view value = header.substr(at + name.size() + 1);
    if (!value.starts_with('"')) return std::string(value.substr(0, value.find_first_of("; \t\r\n")));
    value.remove_prefix(1);
    return std::string(value.substr(0, value.find('"')));
  }
  return std::nullopt;
}

std::string_view disposition(std::string_view head) {
  const std::string small = "\r\n" + lower(head);
  const std::size_t at = small.find("\r\ncontent-disposition:");
  if (at == std::string::npos) return {};
  const std::string_view line =
      head.substr(at);  // `small` has two characters more before it, and two of its own
  return line.substr(0, line.find("\r\n"));
}

struct Part {
  std::string_view head, content;
};

// The next part from `rest`, which begins behind a boundary. None: that boundary was the last.
Result<std::optional<Part>> next_part(std::string_view& rest, const std::string& between) {
  if (rest.starts_with("--")) return std::optional<Part>();
  const std::size_t line = rest.find("\r\n");
  if (line == std::string_view::npos) return wrong("ends before its last boundary");
  rest.remove_prefix(line + 2);
  const std::size_t head = rest.substr(0, kLongestHead).find("\r\n\r\n");
  const std::size_t end = rest.find(between);
  if (head == std::string_view::npos || end == std::string_view::npos || head + 4 > end)
    return wrong("has a part without a head or an end");
  const Part part{rest.substr(0, head), rest.substr(head + 4, end - head - 4)};
  rest.remove_prefix(end + between.size());
  return std::optional(part);
}

}  // namespace

Status take_file_out_of_form(std::string_view content_type, std::string& body) {
  if (!lower(content_type).starts_with("multipart/form-data")) return {};
  const std::string boundary = parameter(content_type, "boundary").value_or("");
  if (boundary.empty() || boundary.size() > kLongestBoundary) return wrong("names no boundary");
  const std::string between = "\r\n--" + boundary;
  std::string_view rest = body;
  if (!rest.starts_with(std::string_view(between).substr(2)))
    return wrong("does not begin with its boundary");
  rest.remove_prefix(between.size() - 2);
  std::optional<std::string_view> file;
  while (const auto part = FRAMEGEN_TRY(next_part(rest, between))) {
    const std::string_view says = disposition(part->head);
    if (!parameter(says, "filename"))
      return wrong("has a field \"" + parameter(says, "name").value_or("").substr(0, kLongestName) +
                   "\", which is not known here");
    if (file) return wrong("has two files");
    file = part->content;
  }
  if (!file) return wrong("has no file");
  const auto first = static_cast<std::size_t>(file->data() - body.data()), size = file->size();
  body.erase(first + size);
  body.erase(0, first);
  return {};
}

}  // namespace framegen::server
