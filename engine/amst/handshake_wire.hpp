// The first bytes of every connection: a hello from the dialing side, a welcome or a refusal in reply. Their fixed
// prefixes are the same in all versions of the protocol, so that any two versions can tell each other why not.
#pragma once

#include <array>

#include "engine/amst/options.hpp"
#include "engine/amst/proof.hpp"
#include "engine/base/bytes.hpp"

namespace dwcp::amst::wire {

constexpr std::uint16_t version_min = 1, version_max = 1;

// Feature bits. A peer's unknown bits are ignored: features are in force only when both sides name them.
// A chunk's trailer covers its body. Required on plain text; under TLS, whose authentication is stronger, not asked
// for.
constexpr std::uint64_t feature_chunk_checksums = 1;
// Data streams may go by RDMA. Named by a host that can, and is configured to.
constexpr std::uint64_t feature_rdma = 2;
constexpr std::uint64_t features_known = feature_chunk_checksums | feature_rdma;

struct VersionRange {
  std::uint16_t low = version_min, high = version_max;
};
// The highest version of both ranges; version_mismatch naming both otherwise.
Result<std::uint16_t> common_version(const VersionRange& ours, const VersionRange& theirs);

enum class Role : std::uint8_t { control = 0, data = 1, data_by_rdma = 2 };

// What each side tells about itself. Times in nanoseconds on the wire.
struct Terms {
  std::uint64_t features = feature_chunk_checksums;
  Bytes chunk_max{0};
  Bytes receive_window{0};
  Duration heartbeat{0};
  Duration resume_timeout{0};
  Identity identity;
};
// refused or bad_value naming the field: limits that no session can work with.
Failure check(const Terms& terms);

struct Hello {
  VersionRange versions;
  Role role = Role::control;
  std::uint16_t index = 0;       // of a data stream
  std::uint32_t connection = 0;  // id within the session, from 1, never used twice
  SessionId session{};           // all zero: a new session
  Proof proof{};                 // of knowing the session's token; all zero for a new session
  Terms terms;
};

struct Welcome {
  std::uint16_t version = 0;
  SessionId session{};
  Token token{};  // of a new session; all zero otherwise
  Terms terms;
};

// Behind the welcome of a stream by RDMA, first by the dialing side, then by the accepting one: how to reach its queue
// pair, and how its memory is divided.
struct QueuePairOffer {
  static constexpr std::uint32_t slots_min = 4, slots_max = 1024;
  static constexpr std::uint32_t slot_min = 4096, slot_max = 1u << 20;  // bytes

  std::uint32_t slots = 0;
  std::uint32_t slot_size = 0;
  ByteVector address;
};

constexpr std::size_t prefix_size = 16;
constexpr std::size_t handshake_body_max = 4096;  // bytes, with the checksum
using PrefixBytes = std::array<std::byte, prefix_size>;

ByteVector write(const Hello& hello);
ByteVector write(const Welcome& welcome);
// A refusal names the range of versions that would be taken.
ByteVector write_refusal(const Failure& reason);
ByteVector write(const QueuePairOffer& offer);
// In place of an offer: why there is none.
ByteVector write_no_queue_pair(const Failure& reason);

// The prefix of a hello or reply: how many bytes follow. protocol_error for anything but the magic.
Result<std::size_t> parse_hello_prefix(const PrefixBytes& prefix);
Result<std::size_t> parse_reply_prefix(const PrefixBytes& prefix);
Result<std::size_t> parse_queue_pair_prefix(const PrefixBytes& prefix);
// The offered versions; in every prefix of a hello that parsed.
VersionRange hello_versions(const PrefixBytes& prefix);

// `whole` is prefix and body. checksum_mismatch, protocol_error, or what check() says.
Result<Hello> parse_hello(ByteSpan whole);
// The peer's refusal comes as an error: `refused`, `version_mismatch` or `session_lost` with its words.
Result<Welcome> parse_reply(ByteSpan whole);
// Why the peer has no queue pair comes as an error, with its words.
Result<QueuePairOffer> parse_queue_pair(ByteSpan whole);

}  // namespace dwcp::amst::wire
