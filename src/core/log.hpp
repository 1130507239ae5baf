// log.hpp: warnings of the library go to whoever asked for them; nobody asked: silence.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace framegen {

enum class LogLevel { kDebug, kInfo, kWarning };
// Called from any thread, one call at a time per object that holds it. May be empty.
using Log = std::function<void(LogLevel, std::string_view)>;

inline void warn(const Log& log, std::string_view text) {
  if (log) log(LogLevel::kWarning, text);
}

}  // namespace framegen
