#include "bindings/python/native/errors.hpp"

#include <pybind11/pybind11.h>

#include "engine/base/error.hpp"

namespace py = pybind11;

namespace dwcp::python {
namespace {

const char* name_of(const ErrorCode& code) {
  if (code.category() != error_category()) return "system";
  switch (static_cast<Errc>(code.value())) {
#define DWCP_ERROR(name, number, text) \
  case Errc::name:                     \
    return #name;
#include "engine/base/error_table.def"
#undef DWCP_ERROR
  }
  return "internal";
}

void raise(const Error& error) {
  const bool value = error.code() == Errc::bad_value || error.code() == Errc::bad_unit;
  const py::object type = py::module_::import("dwcp.errors").attr(value ? "EngineValueError" : "EngineError");
  const py::object raised = type(name_of(error.code()), Failure(error.code(), error.detail()).message());
  PyErr_SetObject(type.ptr(), raised.ptr());
}

}  // namespace

void translate_errors() {
  py::register_exception_translator([](std::exception_ptr thrown) {
    try {
      if (thrown) std::rethrow_exception(thrown);
    } catch (const Error& error) {
      raise(error);
    }
  });
}

}  // namespace dwcp::python
