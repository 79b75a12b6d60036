// Encoded batches, as Python sees them.
#pragma once

#include <pybind11/pybind11.h>

#include "engine/hde/encoder.hpp"

namespace dwcp::python {

// One batch of pages in the format of docs/hde-format.md, in one piece. Immutable.
struct Batch {
  hde::BatchId id;
  hde::Codec codec = hde::Codec::none;
  hde::ClassStats stats;
  Slice payload;
};

// Joins the pieces of the payload.
Batch joined(const hde::Encoded& encoded, hde::Codec codec);
// Throws Error(bad_value) that names the codecs that there are.
hde::Codec codec_of(std::string_view name);

void bind_batch(pybind11::module_& module);

}  // namespace dwcp::python
