// decimal.hpp: a number with a point as text, whatever language the program runs in.
#pragma once

#include <string_view>

namespace framegen {

// What std::from_chars says of a double, which libc++ has from release 20 on, and Apple's not yet: at the
// text's beginning, no blanks, no '+'. `end`: behind the number, within the text. Not ok: no number there, or
// one that a double cannot hold.
struct Decimal {
  double value = 0;
  const char* end = nullptr;
  bool ok = false;
};
Decimal read_decimal(std::string_view text);

namespace portable {  // the body where std::from_chars is missing; tested beside the other
Decimal read_decimal(std::string_view text);
}

}  // namespace framegen
