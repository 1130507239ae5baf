// words_of.hpp: a command line → its words, as a shell takes it apart, without a shell.
#pragma once

#include <string>
#include <vector>

#include "framegen/result.hpp"

namespace framegen::voice {

// Blanks part words; '…' and "…" hold them together, \ takes the next character as it is (within "…" before "
// and \ alone). Nothing else means anything: no $, no *, no |, no >. Errors: kBadUse (no word; a quotation
// mark that is not closed).
Result<std::vector<std::string>> words_of(const std::string& command);

}  // namespace framegen::voice
