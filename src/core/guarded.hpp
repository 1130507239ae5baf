// guarded.hpp: what may throw, on a thread where nobody catches: every exception becomes an Error.
#pragma once

#include <exception>
#include <new>

#include "framegen/result.hpp"

namespace framegen {

// Gives what `call` gives, a Status. Where memory ended, it may have ended for the words as well: then they
// are those that need none, short enough for std::string to hold in itself.
template <class Call>
Status guarded(const char* out_of_memory_remedy, const Call& call) noexcept {
  try {
    try {
      return call();
    } catch (const std::bad_alloc&) {
      return Error{ErrorCode::kInternal, {}, "out of memory", out_of_memory_remedy};
    } catch (const std::exception& e) {
      return Error{ErrorCode::kInternal, {}, e.what(), "this is a bug of ours: please report it"};
    } catch (...) {
      return Error{ErrorCode::kInternal, {}, "unknown exception", "this is a bug of ours: please report it"};
    }
  } catch (...) {
    return Error{ErrorCode::kInternal, {}, "out of memory", {}};
  }
}

}  // namespace framegen
