// XBZRLE, the delta encoding of QEMU, written from the format that its docs/xbzrle.txt describes: the XOR of two
// contents as pairs of runs, equal bytes (their number) and changed ones (their number, then the new bytes). Numbers
// are ULEB128. Equal bytes at the end are left out. Source of the method: P. Svärd, B. Hudzia, J. Tordsson, E. Elmroth,
// "Evaluation of Delta Compression Techniques for Efficient Live Migration of Large Virtual Machines", VEE 2011.
#pragma once

#include <optional>

#include "engine/base/bytes.hpp"

namespace dwcp::bench {

// Encodes `now` against `before` (4096 bytes each) to the front of `out` and returns the length; nothing when it does
// not fit. Length 0: they are equal.
std::optional<std::size_t> xbzrle_encode(ByteSpan before, ByteSpan now, MutableByteSpan out);
// Changes `page`, which is what the content was before. False: `encoded` is none.
bool xbzrle_decode(ByteSpan encoded, MutableByteSpan page);

}  // namespace dwcp::bench
