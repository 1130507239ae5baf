// result.hpp: a value or an error that says what, where, why and what to do.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace framegen {

// Whose fault it is; the numbers are the command line's exit codes (docs/cli.md).
enum class ErrorCode {
  kInternal = 1,    // a bug of ours, or the machine refused (memory, threads)
  kBadUse = 2,      // the caller's arguments contradict each other or are out of range
  kBadInput = 3,    // the audio or another given file cannot be read as what it should be
  kBadAvatar = 4,   // the avatar or one of its networks is missing or broken
  kBadOutput = 5,   // the output cannot be written
  kCancelled = 130  // the caller asked to stop
};

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string where;   // file, JSON path, frame number: "ava/avatar.json: boxes[17]"
  std::string what;    // what is wrong, in one clause
  std::string remedy;  // what the user can do; may be empty where nothing sensible can be said

  // One line: "where: what; remedy". Empty parts are left out.
  std::string message() const {
    std::string line = where;
    if (!line.empty() && !what.empty()) line += ": ";
    line += what;
    if (!remedy.empty()) line += "; " + remedy;
    return line;
  }

  // The same error seen from one level further up: `outer` is put before `where`.
  Error within(const std::string& outer) && {
    where = where.empty() ? outer : outer + ": " + where;
    return std::move(*this);
  }
};

// Either a T or an Error. Test with `if (!result)`, then read `error()`; else `*result`.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Result(Error error)
      : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return assert(ok()), *std::get_if<0>(&state_); }
  const T& value() const& { return assert(ok()), *std::get_if<0>(&state_); }
  T&& value() && { return assert(ok()), std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  Error& error() & { return assert(!ok()), *std::get_if<1>(&state_); }
  const Error& error() const& { return assert(!ok()), *std::get_if<1>(&state_); }
  Error&& error() && { return assert(!ok()), std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  void value() const { assert(ok()); }
  Error& error() & { return assert(!ok()), *error_; }
  const Error& error() const& { return assert(!ok()), *error_; }
  Error&& error() && { return assert(!ok()), std::move(*error_); }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace framegen

// The value of a Result, or return its error from the function that stands here:
//   const Image image = FRAMEGEN_TRY(read_image(path));
#define FRAMEGEN_TRY(expression)                                                  \
  __extension__({                                                                 \
    auto framegen_try_result = (expression);                                      \
    if (!framegen_try_result.ok()) return std::move(framegen_try_result).error(); \
    std::move(framegen_try_result).value();                                       \
  })
