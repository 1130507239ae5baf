// text_output.hpp: a command's figures to a file, whole or not at all, or to the standard output.
#pragma once

#include <string>

#include "framegen/result.hpp"

namespace framegen::app {

// "-": the standard output; empty: nowhere. Errors: kBadOutput.
Status write_text(const std::string& where, const std::string& text);

}  // namespace framegen::app
