// The engine's errors as Python's exceptions.
#pragma once

namespace dwcp::python {

// Maps dwcp::Error to dwcp.EngineError, and its bad_value and bad_unit to dwcp.EngineValueError, which is a ValueError.
// Both are made by the package's errors.py.
void translate_errors();

}  // namespace dwcp::python
