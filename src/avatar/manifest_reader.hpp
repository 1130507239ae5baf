// manifest_reader.hpp: values out of a JSON document, each with its path for the error.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "avatar/manifest_names.hpp"
#include "framegen/result.hpp"

namespace framegen {

using Json = nlohmann::ordered_json;  // keys stay in the order in which the file has them

// A value and where it stands: "boxes[17]". Borrows from the document.
struct JsonPlace {
  const Json* value;
  std::string path;
};

// All errors: kBadAvatar, `where` is the path. A place that was not found is an error passed on:
//   m.version = FRAMEGEN_TRY(read_int(member(root, "version"), 1, 1));
Error wrong(const JsonPlace& place, const std::string& what);
Result<JsonPlace> member(Result<JsonPlace> in, const std::string& key);
// Nothing where the key is missing.
Result<std::optional<JsonPlace>> optional_member(Result<JsonPlace> in, const std::string& key);
Result<int> read_int(Result<JsonPlace> at, int low, int high);
Result<double> read_number(Result<JsonPlace> at, double above, double high);
Result<std::string> read_text(Result<JsonPlace> at, std::size_t low_bytes = 0);
// `low` … `high` integers, each in the range that `bounds` gives it.
struct IntBounds {
  int low;
  int high;
};
Result<std::vector<int>> read_ints(Result<JsonPlace> at, std::vector<IntBounds> bounds);
Result<const Json*> read_array(Result<JsonPlace> at, std::size_t low, std::size_t high);
// Relative, and inside the avatar's folder.
Result<std::string> read_file_name(Result<JsonPlace> at);
Result<std::vector<std::string>> read_file_names(Result<JsonPlace> at);

Result<Json> parse_json(std::string_view text);

// One of `names`, or an error that lists them.
template <class E, std::size_t N>
Result<E> read_name(Result<JsonPlace> at, const Names<E, N>& names) {
  const JsonPlace place = FRAMEGEN_TRY(std::move(at));
  const std::string text = FRAMEGEN_TRY(read_text(place));
  std::string known;
  for (const auto& [name, value] : names) {
    if (name == text) return value;
    known += (known.empty() ? "\"" : ", \"") + std::string(name) + "\"";
  }
  return wrong(place, "is not one of " + known);
}

}  // namespace framegen
