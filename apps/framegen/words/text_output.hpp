// text_output.hpp: a command's figures to a file, whole or not at all, or to the standard output.
#pragma once

#include <string>

#include "framegen/result.hpp"

namespace framegen::app {

// "-": the standard output; empty: nowhere. Errors: kBadOutput.
Status write_text(const std::string& where, const std::string& text);

// Whether all that was printed has arrived: the last of it leaves at a program's end, and only then is a full
// disk known. That nobody reads any more is no error. Errors: kBadOutput.
Status text_arrived();

}  // namespace framegen::app
