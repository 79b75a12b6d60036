// The encoder of pages for Python.
#pragma once

#include <pybind11/pybind11.h>

namespace dwcp::python {

void bind_encoder(pybind11::module_& module);

}  // namespace dwcp::python
