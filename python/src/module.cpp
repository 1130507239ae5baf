// module.cpp: framegen._native, the C++ API as Python sees it; framegen/*.py stand in front of it.
#include <chrono>
#include <thread>

#include "common.hpp"

namespace framegen::python {

nb::object exception_of(const Error& error) {
  // Names of files need not be UTF-8.
  const auto text = [](const std::string& words) {
    return nb::steal(
        PyUnicode_DecodeUTF8(words.data(), static_cast<Py_ssize_t>(words.size()), "surrogateescape"));
  };
  return nb::module_::import_("framegen.errors")
      .attr("from_native")(static_cast<int>(error.code), text(error.where), text(error.what),
                           text(error.remedy));
}

std::atomic<bool> Inside::ending{false};
std::atomic<int> Inside::threads{0};

void end() {
  Inside::ending = true;
  const nb::gil_scoped_release released;
  // Who renders is stopped by its next progress, who waits for a picture has it soon.
  for (int i = 0; i < 10'000 && Inside::threads > 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void raise(const Error& error) {
  const nb::object exception = exception_of(error);
  PyErr_SetObject(exception.type().ptr(), exception.ptr());
  throw nb::python_error();
}

}  // namespace framegen::python

NB_MODULE(_native, module) {
  using namespace framegen::python;
  module.attr("__version__") = FRAMEGEN_VERSION;
  // At the interpreter's end objects may outlive the module: that is no leak of ours.
  nb::set_leak_warnings(false);
  module.def("end", &end);
  bind_engine(module);
  bind_frame(module);
  bind_speech(module);
  bind_live(module);
  bind_render(module);
  bind_batch(module);
  bind_import(module);
}
