// boxes_file.cpp: the two forms of a boxes file, read into one table (docs/import.md).
#include "avatar/boxes_file.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include "avatar/manifest_reader.hpp"
#include "core/decimal.hpp"
#include "core/files.hpp"
#include "media/image_decoder.hpp"

namespace framegen {
namespace {

using Boxes = std::map<int, Rectangle>;

constexpr int kMaxNumber = 4 * kMaxImageSide;
constexpr int kMaxFrame = 1'000'000;
constexpr const char* kRemedy = "see docs/import.md for the two forms of a boxes file";

Error boxes_error(const std::string& where, const std::string& what) {
  return {ErrorCode::kBadInput, where, what, kRemedy};
}

// How four (or three) numbers say where a box is.
enum class Form { kSquare, kSize, kCorners };

Result<Rectangle> box_of(Form form, const std::vector<double>& n, const std::string& where) {
  std::array<int, 4> v{};
  for (std::size_t i = 0; i < n.size(); ++i) {
    if (!(std::abs(n[i]) <= kMaxNumber))
      return boxes_error(where, "has a number that is no place in a picture");
    v[i] = static_cast<int>(std::lround(n[i]));
  }
  Rectangle box{v[0], v[1], v[2], form == Form::kSquare ? v[2] : v[3]};
  if (form == Form::kCorners) box = {v[0], v[1], v[2] - v[0], v[3] - v[1]};
  if (box.width < 1 || box.height < 1) return boxes_error(where, "is a box without a pixel");
  return box;
}

Status keep(Boxes& boxes, double frame, const Rectangle& box, const std::string& where) {
  if (!(frame >= 0 && frame <= kMaxFrame) || frame != std::floor(frame))
    return boxes_error(where, "has a frame number that is none: frames count from 0");
  if (!boxes.emplace(static_cast<int>(frame), box).second)
    return boxes_error(where, "gives frame " + std::to_string(static_cast<int>(frame)) + " a second box");
  return {};
}

// CSV
// --------------------------------------------------------------------------------------------------------

std::string_view bare(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\"";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::vector<std::string_view> cells_of(std::string_view line) {
  std::vector<std::string_view> cells;
  for (;;) {
    const std::size_t end = line.find_first_of(",;");
    cells.push_back(bare(line.substr(0, end)));
    if (end == std::string_view::npos) return cells;
    line.remove_prefix(end + 1);
  }
}

std::optional<double> number_of(std::string_view cell) {
  const Decimal number = read_decimal(cell);
  if (!number.ok || number.end != cell.data() + cell.size()) return std::nullopt;
  return number.value;
}

// Which cell is what.
struct Columns {
  std::optional<std::size_t> frame;
  std::vector<std::size_t> numbers{0, 1, 2};
  Form form = Form::kSquare;
};

Result<Columns> columns_of(const std::vector<std::string_view>& header, const std::string& where) {
  const auto place = [&](std::string_view name) -> std::optional<std::size_t> {
    const auto found = std::find(header.begin(), header.end(), name);
    if (found == header.end()) return std::nullopt;
    return static_cast<std::size_t>(found - header.begin());
  };
  constexpr std::array<std::array<std::string_view, 4>, 3> kForms{
      {{"x", "y", "size", ""}, {"x", "y", "width", "height"}, {"x1", "y1", "x2", "y2"}}};
  Columns columns;
  columns.frame = place("frame");
  for (std::size_t form = 0; form < kForms.size(); ++form) {
    columns.numbers.clear();
    for (const std::string_view name : kForms[form])
      if (const auto at = place(name)) columns.numbers.push_back(*at);
    columns.form = static_cast<Form>(form);
    if (columns.numbers.size() == (columns.form == Form::kSquare ? 3U : 4U)) return columns;
  }
  return boxes_error(where, "names neither x,y,size nor x,y,width,height nor x1,y1,x2,y2");
}

Result<Boxes> parse_csv(std::string_view text, const std::string& name) {
  Boxes boxes;
  std::optional<Columns> columns;
  for (int line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view row = bare(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (row.empty() || row.front() == '#') continue;
    const std::string where = name + ": line " + std::to_string(line);
    const auto cells = cells_of(row);
    if (!columns) {
      const bool header = !number_of(cells.front());
      if (!header && cells.size() != 3)
        return boxes_error(where, "has " + std::to_string(cells.size()) +
                                      " columns and no header: without one a row is x,y,size");
      columns = header ? FRAMEGEN_TRY(columns_of(cells, where)) : Columns{};
      if (header) continue;
    }
    const auto cell = [&](std::size_t at) { return at < cells.size() ? number_of(cells[at]) : std::nullopt; };
    std::vector<double> numbers;
    for (const std::size_t at : columns->numbers) {
      const auto number = cell(at);
      if (!number) return boxes_error(where, "lacks a number in column " + std::to_string(at + 1));
      numbers.push_back(*number);
    }
    const auto frame = columns->frame ? cell(*columns->frame) : static_cast<double>(boxes.size());
    if (!frame) return boxes_error(where, "lacks its frame's number");
    const Rectangle box = FRAMEGEN_TRY(box_of(columns->form, numbers, where));
    FRAMEGEN_TRY(keep(boxes, *frame, box, where));
  }
  return boxes;
}

// JSON
// -------------------------------------------------------------------------------------------------------

Result<Rectangle> box_of(const Json& json, const std::string& where) {
  const bool corners = json.is_object() && json.contains("rect");
  const Json& list = corners ? json["rect"] : json;
  const bool length = list.is_array() && (list.size() == 4 || (list.size() == 3 && !corners));
  if (!length || !std::all_of(list.begin(), list.end(), [](const Json& n) { return n.is_number(); }))
    return boxes_error(where, "is not [x,y,size], [x,y,width,height] or {\"rect\": [x1,y1,x2,y2]}");
  const std::vector<double> numbers(list.begin(), list.end());
  return box_of(corners ? Form::kCorners : list.size() == 3 ? Form::kSquare : Form::kSize, numbers, where);
}

Result<Boxes> parse_json_boxes(std::string_view text, const std::string& name) {
  auto document = parse_json(text);
  if (!document) return boxes_error(name, document.error().what);
  const bool inside = document->is_object() && document->contains("boxes");
  const Json& list = inside ? (*document)["boxes"] : *document;
  if (!list.is_array() && !list.is_object()) return boxes_error(name, "holds no list of boxes");
  Boxes boxes;
  std::size_t row = 0;
  for (const auto& [key, value] : list.items()) {
    const std::string where = name + ": " + (inside ? "boxes" : "") +
                              (list.is_array() ? "[" + std::to_string(row) + "]" : (inside ? "." : "") + key);
    const auto frame = list.is_array() ? static_cast<double>(row) : number_of(key).value_or(-1);
    const Rectangle box = FRAMEGEN_TRY(box_of(value, where));
    FRAMEGEN_TRY(keep(boxes, frame, box, where));
    ++row;
  }
  return boxes;
}

}  // namespace

Result<std::map<int, Rectangle>> parse_boxes(std::string_view text, const std::string& name) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";  // spreadsheets write it before UTF-8
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const bool json = first != std::string_view::npos && (text[first] == '[' || text[first] == '{');
  auto boxes = FRAMEGEN_TRY(json ? parse_json_boxes(text, name) : parse_csv(text, name));
  if (boxes.empty()) return boxes_error(name, "holds no box");
  return boxes;
}

Result<std::map<int, Rectangle>> read_boxes_file(const std::filesystem::path& file) {
  const std::string text = FRAMEGEN_TRY(read_text_file(file));
  return parse_boxes(text, file.string());
}

}  // namespace framegen
