// The bytes of the session protocol, written and parsed here only; docs/wire.md describes them byte by byte. Everything
// is little-endian. Parsers take foreign bytes: they check every bound and refuse bits that this version does not know.
#pragma once

#include <array>
#include <vector>

#include "engine/amst/options.hpp"
#include "engine/amst/ranges.hpp"
#include "engine/base/bytes.hpp"

namespace dwcp::amst::wire {

// ---- frames

enum class FrameType : std::uint8_t {
  chunk = 1,  // the only type on data streams; all others travel on control connections
  message = 2,
  closing = 3,  // a message without a body: the sender has closed in order
  acknowledge = 4,
  synchronised = 5,
  heartbeat = 6,
  heartbeat_reply = 7,
  stream_gone = 8,
  abort = 9,
};
constexpr std::uint8_t frame_type_max = 9;

constexpr std::size_t header_size = 24;
constexpr std::size_t trailer_size = 4;
constexpr std::size_t control_body_max = 64 * 1024;  // bytes, as message_size_max
constexpr std::size_t ranges_per_frame_max = 2048;   // of both kinds together

struct FrameHeader {
  FrameType type = FrameType::chunk;
  ChunkOptions chunk;          // of chunks: channel, priority, barrier
  std::uint32_t length = 0;    // of the body, without the trailer
  std::uint64_t sequence = 0;  // of chunks and messages; else 0
  std::uint32_t session_tag = 0;
};
using HeaderBytes = std::array<std::byte, header_size>;
using TrailerBytes = std::array<std::byte, trailer_size>;

HeaderBytes write_header(const FrameHeader& header);
// What the trailer's checksum continues from, or is where bodies are not checked: that of the header's first 20 bytes.
std::uint32_t header_checksum(const HeaderBytes& header);

// What this connection may carry.
struct FrameRules {
  bool data = false;             // chunks only, or everything else only
  std::uint32_t length_max = 0;  // of a body
  std::uint32_t session_tag = 0;
  bool body_checked = true;  // the trailer covers a chunk's body, not the header alone (feature_chunk_checksums)
};
// checksum_mismatch, protocol_error or frame_too_large.
Result<FrameHeader> parse_header(const HeaderBytes& bytes, const FrameRules& rules);

// A whole control frame with its body and trailer.
ByteVector write_frame(FrameType type, std::uint32_t session_tag, std::uint64_t sequence, ByteSpan body);

// ---- bodies of control frames

struct Acknowledge {
  std::uint64_t messages_received = 0, messages_taken = 0;
  std::vector<Range> received, released;  // of chunks; valid ranges
};
ByteVector write(const Acknowledge& body);
Result<Acknowledge> parse_acknowledge(ByteSpan body);

// Everything that was received so far has been acknowledged on this connection, and these data streams are open.
struct Synchronised {
  std::vector<std::uint32_t> connections;  // at most 2 * Limits::streams_max
};
ByteVector write(const Synchronised& body);
Result<Synchronised> parse_synchronised(ByteSpan body);

// heartbeat and its reply: the asking side's clock, returned unchanged. stream_gone: a connection id.
ByteVector write_number(std::uint64_t number);
Result<std::uint64_t> parse_number(ByteSpan body);

ByteVector write(const Failure& reason);  // of abort; the text is cut to 1,000 bytes
// The failure as this side reports it; codes that it does not know become `refused`.
struct Reason {
  Failure failure;
};
Result<Reason> parse_abort(ByteSpan body);

}  // namespace dwcp::amst::wire
