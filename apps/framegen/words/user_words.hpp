// user_words.hpp: the library's errors in the words of who typed the command.
#pragma once

#include <string>
#include <string_view>

#include "framegen/result.hpp"

namespace framegen::app {

// Names of the C++ API become the command line's: "SessionOptions::start_frame" → "--start-frame".
Error in_users_words(Error error);
std::string in_users_words(std::string text);

// From now on `internal` (a file that nobody named) is called `words`.
void say_as(const std::string& internal, const std::string& words);

}  // namespace framegen::app
