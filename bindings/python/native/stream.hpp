// The reader of QEMU's migration stream for Python.
#pragma once

#include <pybind11/pybind11.h>

namespace dwcp::python {

void bind_stream(pybind11::module_& module);

}  // namespace dwcp::python
