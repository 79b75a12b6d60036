// Python's buffers as the engine's spans and slices, and back.
#pragma once

#include <pybind11/pybind11.h>

#include "engine/base/bytes.hpp"

namespace dwcp::python {

// A contiguous buffer, held for as long as this lives; created and destroyed with the interpreter's lock held. Raises
// TypeError for an object that offers none, BufferError for one whose bytes do not lie one after the other.
class HeldBuffer {
 public:
  explicit HeldBuffer(const pybind11::object& from);
  ~HeldBuffer();
  HeldBuffer(const HeldBuffer&) = delete;
  HeldBuffer& operator=(const HeldBuffer&) = delete;

  ByteSpan bytes() const { return {static_cast<const std::byte*>(view_.buf), static_cast<std::size_t>(view_.len)}; }

 private:
  Py_buffer view_{};
};

// For what outlives the call. Of `bytes`, which never change, and views of them, it is their own memory; everything
// else is copied, because whoever has it may write to it. The slice may be dropped on any thread.
Slice slice_of(const pybind11::object& from);

// A memoryview of an object that has a buffer; it keeps the object.
pybind11::object view_of(const pybind11::object& object);

}  // namespace dwcp::python
