// manifest_reader.cpp: values out of a JSON document, each with its path for the error.
#include "avatar/manifest_reader.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>

namespace framegen {
namespace {

constexpr std::size_t kMaxTextBytes = 4096;
constexpr std::size_t kMaxFrames = 1'000'000;  // eleven hours at 25 frames/s
constexpr int kMaxDepth = 32;                  // writing a document back takes stack for every level

std::string child(const JsonPlace& object, const std::string& key) {
  return object.path.empty() ? key : object.path + "." + key;
}

JsonPlace element(const JsonPlace& array, std::size_t i) {
  return {&(*array.value)[i], array.path + "[" + std::to_string(i) + "]"};
}

bool too_deep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string && c == '\\')
      ++i;
    else if (c == '"')
      in_string = !in_string;
    else if (!in_string && (c == '[' || c == '{') && ++depth > kMaxDepth)
      return true;
    else if (!in_string && (c == ']' || c == '}'))
      --depth;
  }
  return false;
}

std::string line_and_column(std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, byte > 0 ? std::min(byte - 1, text.size()) : 0);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 = 0
  return "line " + std::to_string(line) + ", column " + std::to_string(before.size() - line_start + 1);
}

}  // namespace

Error wrong(const JsonPlace& place, const std::string& what) {
  return {ErrorCode::kBadAvatar, place.path, what,
          "correct it, or make the avatar again with framegen import"};
}

Result<std::optional<JsonPlace>> optional_member(Result<JsonPlace> in, const std::string& key) {
  const JsonPlace object = FRAMEGEN_TRY(std::move(in));
  if (!object.value->is_object()) return wrong(object, "is not an object");
  const auto found = object.value->find(key);
  if (found == object.value->end()) return std::optional<JsonPlace>{};
  return std::optional<JsonPlace>({&*found, child(object, key)});
}

Result<JsonPlace> member(Result<JsonPlace> in, const std::string& key) {
  const JsonPlace object = FRAMEGEN_TRY(std::move(in));
  const auto found = FRAMEGEN_TRY(optional_member(object, key));
  if (!found) return wrong({nullptr, child(object, key)}, "is missing");
  return *found;
}

Result<int> read_int(Result<JsonPlace> at, int low, int high) {
  const JsonPlace place = FRAMEGEN_TRY(std::move(at));
  const std::string range = std::to_string(low) + " … " + std::to_string(high);
  if (!place.value->is_number_integer()) return wrong(place, "is not a whole number " + range);
  // Unsigned numbers beyond int64 would wrap.
  const bool huge = place.value->is_number_unsigned() && place.value->get<std::uint64_t>() > INT32_MAX;
  const std::int64_t number = huge ? INT64_MAX : place.value->get<std::int64_t>();
  if (number < low || number > high) return wrong(place, "is " + place.value->dump() + ", not " + range);
  return static_cast<int>(number);
}

Result<double> read_number(Result<JsonPlace> at, double above, double high) {
  const JsonPlace place = FRAMEGEN_TRY(std::move(at));
  if (!place.value->is_number()) return wrong(place, "is not a number");
  const double number = place.value->get<double>();
  if (number > above && number <= high) return number;
  return wrong(place, "is " + place.value->dump() + ", not above " + Json(above).dump() + " and at most " +
                          Json(high).dump());
}

Result<std::string> read_text(Result<JsonPlace> at, std::size_t low_bytes) {
  const JsonPlace place = FRAMEGEN_TRY(std::move(at));
  if (!place.value->is_string()) return wrong(place, "is not a text");
  const auto& text = place.value->get_ref<const std::string&>();
  if (text.size() < low_bytes) return wrong(place, "is empty");
  if (text.size() > kMaxTextBytes)
    return wrong(place, "is longer than " + std::to_string(kMaxTextBytes) + " bytes");
  return text;
}

Result<const Json*> read_array(Result<JsonPlace> at, std::size_t low, std::size_t high) {
  const JsonPlace place = FRAMEGEN_TRY(std::move(at));
  if (!place.value->is_array()) return wrong(place, "is not a list");
  const std::size_t n = place.value->size();
  if (n >= low && n <= high) return place.value;
  return wrong(place, "has " + std::to_string(n) + " entries, not " + std::to_string(low) +
                          (low == high ? "" : " … " + std::to_string(high)));
}

Result<std::vector<int>> read_ints(Result<JsonPlace> at, std::vector<IntBounds> bounds) {
  const JsonPlace place = FRAMEGEN_TRY(std::move(at));
  FRAMEGEN_TRY(read_array(place, bounds.size(), bounds.size()));
  std::vector<int> numbers;
  for (std::size_t i = 0; i < bounds.size(); ++i)
    numbers.push_back(FRAMEGEN_TRY(read_int(element(place, i), bounds[i].low, bounds[i].high)));
  return numbers;
}

Result<std::string> read_file_name(Result<JsonPlace> at) {
  const JsonPlace place = FRAMEGEN_TRY(std::move(at));
  const std::string name = FRAMEGEN_TRY(read_text(place, 1));
  const std::filesystem::path path(name);
  bool inside = path.is_relative() && path.has_filename();
  for (const auto& part : path) inside = inside && part != ".." && part != ".";
  for (const char c : name) inside = inside && c != '\\' && static_cast<unsigned char>(c) >= 0x20;
  if (!inside) return wrong(place, "is not the name of a file inside the avatar's folder");
  return name;
}

Result<std::vector<std::string>> read_file_names(Result<JsonPlace> at) {
  const JsonPlace place = FRAMEGEN_TRY(std::move(at));
  const Json& list = *FRAMEGEN_TRY(read_array(place, 1, kMaxFrames));
  std::vector<std::string> names;
  names.reserve(list.size());
  for (std::size_t i = 0; i < list.size(); ++i)
    names.push_back(FRAMEGEN_TRY(read_file_name(element(place, i))));
  return names;
}

Result<Json> parse_json(std::string_view text) {
  const auto not_json = [](const std::string& what) {
    return Error{ErrorCode::kBadAvatar, "", what,
                 "correct it, or make the avatar again with framegen import"};
  };
  if (too_deep(text)) return not_json("is nested more than " + std::to_string(kMaxDepth) + " levels deep");
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& e) {
    return not_json("is not JSON from " + line_and_column(text, e.byte) + " on");
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kInternal, "", "not enough memory to read it", "free some memory"};
  } catch (const std::exception& e) {
    return not_json(std::string("cannot be read: ") + e.what());
  }
}

}  // namespace framegen
