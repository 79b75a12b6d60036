// LZ4 and zstd over the joined pages or deltas of one batch.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/base/bytes.hpp"
#include "engine/hde/page.hpp"
#include "engine/platform/compute.hpp"

namespace dwcp::hde {

// What a receiver needs to know of the codec; the level is the sender's business. These are the values on the wire.
enum class WireCodec : std::uint8_t { stored = 0, lz4 = 1, zstd = 2 };
WireCodec wire_codec(Codec codec);

// Compresses `in` to the front of `out` and returns the length, or nothing when it does not fit: give an `out` that is
// as much shorter than `in` as must be gained. Precondition: codec != none. Thread-safe.
std::optional<std::size_t> compress(Codec codec, ByteSpan in, MutableByteSpan out);
// What compress() makes of `in`, or its own size when it does not shrink. Thread-safe.
Bytes compressed_size(Codec codec, ByteSpan in);
// True when `in` gave exactly `out.size()` bytes. `stored` copies. Thread-safe.
bool decompress(WireCodec codec, ByteSpan in, MutableByteSpan out);

platform::Work compress_work(Codec codec, std::size_t in);
// `out` is what comes out: decompression speeds are given in these.
platform::Work decompress_work(WireCodec codec, std::size_t out);

}  // namespace dwcp::hde
