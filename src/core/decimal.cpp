// decimal.cpp: std::from_chars where the C++ library has it for doubles, else strtod in the locale "C".
#include "core/decimal.hpp"

#include <locale.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#if defined(__APPLE__)
#include <xlocale.h>
#endif

namespace framegen {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t digits(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end - at;
}

// Whether `word`, in small letters, stands there in letters of any size.
bool stands(std::string_view text, std::size_t at, std::string_view word) {
  return text.size() - at >= word.size() &&
         std::equal(word.begin(), word.end(), text.begin() + static_cast<std::ptrdiff_t>(at),
                    [](char w, char t) { return w == std::tolower(static_cast<unsigned char>(t)); });
}

// How long the number at the beginning is that is written in digits; 0: none. strtod alone would take more:
// blanks, '+', 0x1p3.
std::size_t number_length(std::string_view text) {
  std::size_t at = !text.empty() && text[0] == '-' ? 1 : 0;
  const std::size_t whole = digits(text, at);
  at += whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t part = digits(text, at + 1);
    if (whole + part == 0) return 0;
    at += 1 + part;
  } else if (whole == 0) {
    return 0;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    const std::size_t sign = at + 1 < text.size() && (text[at + 1] == '-' || text[at + 1] == '+') ? 1 : 0;
    if (const std::size_t exponent = digits(text, at + 1 + sign); exponent > 0) at += 1 + sign + exponent;
  }
  return at;
}

}  // namespace

namespace portable {

Decimal read_decimal(std::string_view text) {
  static const ::locale_t plain =
      ::newlocale(LC_ALL_MASK, "C", nullptr);  // kept: it lives as long as the program
  const std::size_t sign = !text.empty() && text[0] == '-' ? 1 : 0;
  const double one = sign != 0 ? -1.0 : 1.0;
  for (const std::string_view word : {"infinity", "inf"})
    if (stands(text, sign, word))
      return {one * std::numeric_limits<double>::infinity(), text.data() + sign + word.size(), true};
  if (stands(text, sign, "nan"))
    return {std::copysign(std::numeric_limits<double>::quiet_NaN(), one), text.data() + sign + 3, true};
  const std::size_t length = number_length(text);
  if (length == 0) return {};
  const std::string number(text.substr(0, length));
  errno = 0;
  const double value = ::strtod_l(number.c_str(), nullptr, plain);
  if (errno == ERANGE && (std::isinf(value) || value == 0)) return {};
  return {value, text.data() + length, true};
}

}  // namespace portable

#if defined(__cpp_lib_to_chars)
Decimal read_decimal(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} ? Decimal{value, end, true} : Decimal{};
}
#else
Decimal read_decimal(std::string_view text) { return portable::read_decimal(text); }
#endif

}  // namespace framegen
