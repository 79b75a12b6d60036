// The device state of a modelled guest, which follows its RAM in the stream: opaque to the engine, as a real one's. It
// says which version each page must have, so that the destination can tell every page that is not what the source had.
#pragma once

#include <vector>

#include "hypervisor/model/guest.hpp"

namespace dwcp::model {

// The stream's tail: device state of at least the blueprint's size, end mark, description.
ByteVector make_tail(const Guest& guest);

// The versions from a tail. Errors: bad_stream for anything that make_tail() for this blueprint does not give.
Result<std::vector<std::uint32_t>> parse_tail(const Blueprint& blueprint, ByteSpan tail);

// Upper bound of a tail's size.
Bytes tail_max(const Blueprint& blueprint);

}  // namespace dwcp::model
