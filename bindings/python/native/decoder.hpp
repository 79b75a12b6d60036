// The decoder of pages for Python.
#pragma once

#include <pybind11/pybind11.h>

namespace dwcp::python {

void bind_decoder(pybind11::module_& module);

}  // namespace dwcp::python
