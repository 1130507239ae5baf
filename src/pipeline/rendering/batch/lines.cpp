// lines.cpp: JSON lines with nlohmann's parser; comma-separated values as in RFC 4180, one record a
// line.
#include "pipeline/rendering/batch/lines.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace framegen {
namespace {

Error batch_line_error(const std::string& what, const std::string& remedy) {
  return {ErrorCode::kBadInput, "", what, remedy};
}

Result<BatchWords> parse_json(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object())
    return batch_line_error("is not a JSON object",
                            "write one job a line: {\"audio\": \"a.wav\", \"output\": \"a.mp4\"}");
  BatchWords words;
  for (const auto& [key, value] : json.items()) {
    if (value.is_string())
      words[key] = value.get<std::string>();
    else if (value.is_number_integer() || value.is_boolean())
      words[key] = value.dump();
    else
      return batch_line_error("\"" + key + "\" is neither text, a whole number, true nor false",
                              "mend the value");
  }
  return words;
}

// Fields of one line; a field in quotes may hold commas, and quotes written twice.
Result<std::vector<std::string>> parse_fields(std::string_view line) {
  std::vector<std::string> fields(1);
  bool quoted = false, closed = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted) {
      if (c != '"') {
        fields.back() += c;
      } else if (i + 1 < line.size() && line[i + 1] == '"') {
        fields.back() += line[++i];
      } else {
        quoted = false;
        closed = true;
      }
    } else if (c == ',') {
      fields.emplace_back();
      closed = false;
    } else if (c == '"' && fields.back().empty() && !closed) {
      quoted = true;
    } else if (closed || c == '"') {
      return batch_line_error("has a quotation mark in the middle of a field",
                              "put the whole field in quotes, inner ones twice");
    } else {
      fields.back() += c;
    }
  }
  if (quoted)
    return batch_line_error("ends inside a quoted field",
                            "close the quotation mark; a field has no line breaks");
  return fields;
}

Result<BatchWords> parse_record(std::string_view line, const std::vector<std::string>& header) {
  const auto fields = FRAMEGEN_TRY(parse_fields(line));
  if (fields.size() != header.size())
    return batch_line_error(
        "has " + std::to_string(fields.size()) + " fields, the header " + std::to_string(header.size()),
        "give every line the header's fields; an empty one is the default");
  BatchWords words;
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (!fields[i].empty()) words[header[i]] = fields[i];
  return words;
}

Result<std::vector<std::string>> parse_header(const std::filesystem::path& path, std::string_view line) {
  auto header = parse_fields(line);
  if (!header) return std::move(header).error().within(path.string() + ": line 1");
  if (std::set(header->begin(), header->end()).size() != header->size())
    return Error{ErrorCode::kBadInput, path.string() + ": line 1", "names one key twice",
                 "write each key once"};
  return header;
}

enum class Form { kJson, kCsv, kNames };

Form form_of(const std::filesystem::path& path, std::string_view text) {
  const auto extension = path.extension();
  if (extension == ".csv") return Form::kCsv;
  if (extension == ".jsonl" || extension == ".json") return Form::kJson;
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || text[first] == '{') return Form::kJson;
  std::string_view line = text.substr(first, text.find_first_of("\r\n", first) - first);
  const auto fields = parse_fields(line);
  const bool header =
      fields && fields->size() > 1 && std::find(fields->begin(), fields->end(), "audio") != fields->end();
  return header ? Form::kCsv : Form::kNames;
}

// A name of a file is all of its line but the blanks round it.
BatchWords name_alone(std::string_view line) {
  line.remove_prefix(line.find_first_not_of(" \t"));
  line.remove_suffix(line.size() - line.find_last_not_of(" \t") - 1);
  return {{"audio", std::string(line)}};
}

}  // namespace

Result<std::vector<BatchLine>> batch_lines(const std::filesystem::path& path, std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";  // spreadsheets write one
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (text.find('\0') != std::string_view::npos)
    return Error{ErrorCode::kBadInput, path.string(), "is not a list of jobs: it is no text",
                 "give a list, a folder of sound files, or several of them"};
  const Form form = form_of(path, text);
  std::vector<std::string> header;
  std::vector<BatchLine> lines;
  for (std::int64_t number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    if (form == Form::kJson)
      lines.push_back({number, parse_json(line)});
    else if (form == Form::kNames && line[line.find_first_not_of(" \t")] != '#')
      lines.push_back({number, name_alone(line)});
    else if (form == Form::kNames)
      continue;
    else if (header.empty())
      header = FRAMEGEN_TRY(parse_header(path, line));
    else
      lines.push_back({number, parse_record(line, header)});
  }
  return lines;
}

}  // namespace framegen
