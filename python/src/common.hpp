// common.hpp: what every part of the binding needs: errors as exceptions, C++ without the interpreter's lock,
// Ctrl-C.
#pragma once

#include <nanobind/nanobind.h>
#include <unistd.h>

#include <atomic>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "framegen/result.hpp"

namespace framegen::python {

namespace nb = nanobind;

// As the exception of its kind (framegen/errors.py). The interpreter's lock is held.
[[noreturn]] void raise(const Error& error);

// The object of Python that `error` becomes.
nb::object exception_of(const Error& error);

template <class T>
T take(Result<T> result) {
  if (!result) raise(result.error());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// Once the interpreter ends, a thread that wants its lock back is ended inside C++, which is the program's
// end. So no thread is let in from then on, and end() waits for those that are.
struct Inside {
  static std::atomic<bool> ending;
  static std::atomic<int> threads;
  Inside() { ++threads; }
  ~Inside() { --threads; }
};
void end();

// `work` gives a Result and touches nothing of Python's; exceptions of libraries become errors.
template <class Work>
auto without_gil(const char* where, const Work& work) -> decltype(work()) {
  if (Inside::ending) return Error{ErrorCode::kInternal, where, "the interpreter is ending", ""};
  const Inside counted;
  const nb::gil_scoped_release released;
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kInternal, where, "out of memory", "use fewer threads or shorter pieces"};
  } catch (const std::exception& e) {
    return Error{ErrorCode::kInternal, where, e.what(), "this is a bug of ours: please report it"};
  }
}

// Something of C++ that worker threads know of; the last to hold it has the interpreter's lock. It goes
// without the interpreter's lock, since it may wait for them; in a forked child, where those threads are not,
// it is left behind, because nobody could wait for them.
template <class T>
class Owned {
 public:
  explicit Owned(T value) : value_(std::move(value)) {}
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  ~Owned() {
    if (forked()) {
      [[maybe_unused]] const auto* left = new (std::nothrow) T(std::move(*value_));
    } else if (!Inside::ending) {
      const Inside counted;
      const nb::gil_scoped_release released;
      value_.reset();
    }
  }
  bool forked() const { return ::getpid() != process_; }
  T& get(const char* where) {
    if (forked())
      raise({ErrorCode::kBadUse, where, "was made before this process forked, whose threads are not here",
             "make engine and avatar in the child, or start processes with spawn"});
    return *value_;
  }

 private:
  std::optional<T> value_;
  pid_t process_ = ::getpid();
};

// Between C++ that works for long and who waits for it: Ctrl-C, and the caller's own progress function, whose
// exceptions stop the work and go on afterwards.
class Watch {
 public:
  explicit Watch(nb::object function) : function_(std::move(function)) {}
  // Called without the lock. False: stop. `arguments` makes the tuple that the function is called with.
  template <class Arguments>
  bool operator()(const Arguments& arguments) {
    if (Inside::ending) return false;
    const nb::gil_scoped_acquire acquired;
    try {
      if (PyErr_CheckSignals() != 0) throw nb::python_error();
      if (function_.is_none()) return true;
      return function_(*arguments()).ptr() != Py_False;
    } catch (nb::python_error& raised) {
      raised_.emplace(std::move(raised));
      return false;
    }
  }
  // What stopped the work, where it was Python; else the result's own error.
  template <class T>
  T take(Result<T> result) {
    if (raised_) throw nb::python_error(std::move(*raised_));
    return python::take(std::move(result));
  }

 private:
  nb::object function_;
  std::optional<nb::python_error> raised_;
};

void bind_engine(nb::module_& module);
void bind_frame(nb::module_& module);
void bind_speech(nb::module_& module);
void bind_live(nb::module_& module);
void bind_render(nb::module_& module);
void bind_batch(nb::module_& module);
void bind_import(nb::module_& module);

}  // namespace framegen::python
