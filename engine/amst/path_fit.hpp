// Rules that fit a stream to its path: how much may wait in the transport, and how large a chunk should be.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/platform/stream.hpp"

namespace dwcp::amst {

// What the stream could carry next: the measured rate, or what its window allows when that is more (slow start).
BitRate expected_rate(const platform::PathSample& sample);

// Bytes that may sit in the transport unsent without the next chunk being held back: two pieces of 20 ms of the
// expected rate, at least 128 KiB. What is committed beyond cannot be overtaken and is lost with the connection; with
// less the window would open on an empty queue.
Bytes unsent_allowance(const platform::PathSample& sample);

// How long the next chunk should wait for the transport to drain; 0: send now. 1 ms..100 ms, then look again.
Duration commit_delay(const platform::PathSample& sample);

// About 20 ms of one stream, a power of two, 16 KiB..512 KiB (512 KiB when the rate is 0: unknown), and at most
// `limit`. Larger chunks gain nothing: they fall out of the processor's caches between the network and their consumer.
Bytes fitting_chunk(BitRate rate_of_one_stream, Bytes limit);

// Of an answer that carries when we asked, in nanoseconds of our clock. Empty: that is no time at which we can
// have asked, or longer ago than `limit`.
std::optional<Duration> round_trip(TimePoint now, std::uint64_t sent_at, Duration limit);

}  // namespace dwcp::amst
