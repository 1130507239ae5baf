// npy.cpp: NumPy's array files (NEP 1: magic, version, a Python dictionary as text, raw elements).
#include "core/npy.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <type_traits>

#include "core/files.hpp"

namespace framegen {
namespace {

constexpr std::array<std::uint8_t, 6> kMagic = {0x93, 'N', 'U', 'M', 'P', 'Y'};
constexpr std::size_t kMaxDimensions = 32;  // NumPy's own limit

Error not_npy(const std::string& name, const std::string& why) {
  return {ErrorCode::kBadInput, name, "not a usable .npy file: " + why,
          "write it with numpy.save (little-endian, C order)"};
}

// The text after "'key':" in the header's dictionary, leading blanks removed; empty if the key is missing.
std::string_view value_of(std::string_view header, std::string_view key) {
  const std::size_t at = header.find("'" + std::string(key) + "'");
  if (at == std::string_view::npos) return {};
  std::size_t begin = header.find(':', at);
  if (begin == std::string_view::npos) return {};
  begin = header.find_first_not_of(' ', begin + 1);
  return begin == std::string_view::npos ? std::string_view{} : header.substr(begin);
}

bool parse_shape(std::string_view text, Shape& shape) {
  if (text.empty() || text.front() != '(') return false;
  const std::size_t end = text.find(')');
  if (end == std::string_view::npos) return false;
  const char* at = text.data() + 1;
  const char* const stop = text.data() + end;
  while (at < stop) {
    if (*at == ' ' || *at == ',') {
      ++at;
      continue;
    }
    std::int64_t dimension = 0;
    const auto [next, failure] = std::from_chars(at, stop, dimension);
    if (failure != std::errc{} || dimension < 0 || shape.size() == kMaxDimensions) return false;
    shape.push_back(dimension);
    at = next;
  }
  return true;
}

// Elements × size, or false where that exceeds `limit`: a header may claim anything.
bool bytes_within(const Shape& shape, std::size_t element_bytes, std::size_t limit, std::size_t& bytes) {
  bytes = element_bytes;
  for (const std::int64_t d : shape) {
    if (d != 0 && bytes > limit / static_cast<std::size_t>(d)) return false;
    bytes *= static_cast<std::size_t>(d);
  }
  return bytes <= limit;
}

template <class T>
std::string type_name() {
  if constexpr (std::is_same_v<T, float>)
    return "f4";
  else if constexpr (std::is_same_v<T, double>)
    return "f8";
  else if constexpr (std::is_same_v<T, std::int32_t>)
    return "i4";
  else
    return "u1";
}

template <class T>
Status write_values(const std::filesystem::path& path, std::span<const std::int64_t> shape,
                    std::span<const T> values) {
  std::string dictionary = "{'descr': '" + std::string(sizeof(T) == 1 ? "|" : "<") + type_name<T>() +
                           "', 'fortran_order': False, 'shape': (";
  for (const std::int64_t d : shape) dictionary += std::to_string(d) + ",";
  dictionary += "), }";
  constexpr std::size_t kPreamble = 10, kAlign = 64;
  const std::size_t unpadded = kPreamble + dictionary.size() + 1;
  dictionary.append((kAlign - unpadded % kAlign) % kAlign, ' ');
  dictionary += '\n';
  std::vector<std::uint8_t> file(kMagic.begin(), kMagic.end());
  file.insert(file.end(), {1, 0, static_cast<std::uint8_t>(dictionary.size() & 255),
                           static_cast<std::uint8_t>(dictionary.size() >> 8)});
  file.insert(file.end(), dictionary.begin(), dictionary.end());
  const auto* raw = reinterpret_cast<const std::uint8_t*>(values.data());
  file.insert(file.end(), raw, raw + values.size_bytes());
  return write_file(path, file);
}

}  // namespace

Result<NpyArray> parse_npy(std::span<const std::uint8_t> file, const std::string& name) {
  if (file.size() < 12 || !std::equal(kMagic.begin(), kMagic.end(), file.begin()))
    return not_npy(name, "no NumPy magic at its start");
  const bool wide = file[6] >= 2;  // version 2.0 and later: four bytes of header length
  const std::size_t start = wide ? 12 : 10;
  std::size_t length = file[8] | static_cast<std::size_t>(file[9]) << 8;
  if (wide) length |= static_cast<std::size_t>(file[10]) << 16 | static_cast<std::size_t>(file[11]) << 24;
  if (file.size() - start < length) return not_npy(name, "its header is cut short");
  const std::string_view header(reinterpret_cast<const char*>(file.data()) + start, length);
  const std::string_view descr = value_of(header, "descr");
  if (descr.size() < 5 || (descr[1] != '<' && descr[1] != '|'))
    return not_npy(name, "elements are not little-endian numbers");
  if (!value_of(header, "fortran_order").starts_with("False")) return not_npy(name, "it is in Fortran order");
  NpyArray array;
  array.type = std::string(descr.substr(2, 2));
  if (!parse_shape(value_of(header, "shape"), array.shape)) return not_npy(name, "its shape is unreadable");
  const int element_bytes = array.type[1] - '0';
  if (element_bytes < 1 || element_bytes > 8) return not_npy(name, "unknown element type " + array.type);
  std::size_t bytes = 0;
  if (!bytes_within(array.shape, static_cast<std::size_t>(element_bytes), file.size() - start - length,
                    bytes))
    return not_npy(name, "it is shorter than its header says");
  const auto data = file.subspan(start + length, bytes);
  array.bytes.assign(data.begin(), data.end());
  return array;
}

Result<NpyArray> read_npy(const std::filesystem::path& path) {
  const std::vector<std::uint8_t> file = FRAMEGEN_TRY(read_file(path));
  return parse_npy(file, path.string());
}

template <class T>
Result<std::vector<T>> npy_values(const NpyArray& array) {
  if (array.type != type_name<T>())
    return Error{ErrorCode::kBadInput, "",
                 "array has elements of type " + array.type + ", expected " + type_name<T>(), ""};
  std::vector<T> values(array.bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), array.bytes.data(), values.size() * sizeof(T));
  return values;
}
template Result<std::vector<float>> npy_values<float>(const NpyArray&);
template Result<std::vector<double>> npy_values<double>(const NpyArray&);
template Result<std::vector<std::int32_t>> npy_values<std::int32_t>(const NpyArray&);
template Result<std::vector<std::uint8_t>> npy_values<std::uint8_t>(const NpyArray&);

Status write_npy(const std::filesystem::path& path, std::span<const std::int64_t> shape,
                 std::span<const float> values) {
  return write_values(path, shape, values);
}
Status write_npy(const std::filesystem::path& path, std::span<const std::int64_t> shape,
                 std::span<const std::uint8_t> values) {
  return write_values(path, shape, values);
}

}  // namespace framegen
