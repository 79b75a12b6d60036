#include "bindings/python/native/buffers.hpp"

namespace py = pybind11;

namespace dwcp::python {

HeldBuffer::HeldBuffer(const py::object& from) {
  if (PyObject_GetBuffer(from.ptr(), &view_, PyBUF_SIMPLE) != 0) throw py::error_already_set();
}

HeldBuffer::~HeldBuffer() { PyBuffer_Release(&view_); }

Slice slice_of(const py::object& from) {
  // A view of `bytes` changes as little as they do.
  PyObject* const base = PyMemoryView_Check(from.ptr()) ? PyMemoryView_GET_BASE(from.ptr()) : from.ptr();
  const HeldBuffer buffer(from);
  if (base == nullptr || !PyBytes_CheckExact(base)) return Slice::copy_of(buffer.bytes());
  std::shared_ptr<const void> owner(py::reinterpret_borrow<py::object>(base).release().ptr(), [](PyObject* object) {
    const py::gil_scoped_acquire lock;
    Py_DECREF(object);
  });
  return {std::move(owner), buffer.bytes()};
}

py::object view_of(const py::object& object) {
  PyObject* const view = PyMemoryView_FromObject(object.ptr());
  if (view == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(view);
}

}  // namespace dwcp::python
