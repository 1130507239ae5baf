// multipart.hpp: the file in a form, as curl -F and browsers send it (RFC 7578).
#pragma once

#include <string>
#include <string_view>

#include "framegen/result.hpp"

namespace framegen::server {

// `body` becomes the bytes of its one file where `content_type` says that it is a form; else it stays as it
// is. Errors: kBadUse (no boundary, broken, not exactly one file, a field that is no file).
Status take_file_out_of_form(std::string_view content_type, std::string& body);

}  // namespace framegen::server
