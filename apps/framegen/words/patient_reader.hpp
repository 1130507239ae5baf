// patient_reader.hpp: everything that a file or a pipe gives, read so that Ctrl-C ends the wait for it.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "framegen/result.hpp"

namespace framegen::app {

// Gives all bytes of `descriptor` to `take`, whose error ends it. A pipe that was opened with O_NONBLOCK and
// that nobody opens for writing is given up after ten seconds. False: nothing came. `name`: for messages.
// Errors: kBadInput (it cannot be read, nobody writes), kCancelled, those of `take`.
Result<bool> read_patiently(int descriptor, const std::string& name,
                            const std::function<Status(std::span<const char>)>& take);

}  // namespace framegen::app
