// The first exchange on a connection, over any transport.
#pragma once

#include <functional>
#include <optional>

#include "engine/amst/handshake_wire.hpp"
#include "engine/amst/transport.hpp"
#include "engine/platform/platform.hpp"

namespace dwcp::amst {

// Connects, proves who it is, says hello and reads the reply. Awaited on `lane`; no deadline of its own. `introduce`
// makes the hello for the connection. `expected` is who must be there; none: any node of the cluster. Throws what
// connect throws, Error(untrusted), the peer's refusal, or protocol_error.
struct Greeted {
  std::shared_ptr<Transport> transport;
  wire::Welcome welcome;
};
using Introduction = std::function<wire::Hello(const Transport&)>;
Task<Greeted> dial(platform::Platform& platform, Endpoint to, CongestionControl congestion, Executor lane,
                   std::shared_ptr<const Self> self, std::optional<NodeId> expected, Introduction introduce);

// Reads a hello, and refuses a peer that offers no version of ours. Awaited on the transport's executor. Throws
// system_error or Error; then the peer was told why, where it could be.
Task<wire::Hello> read_hello(Transport& transport);
Task<void> send_refusal(Transport& transport, Failure reason);
Task<void> send_welcome(Transport& transport, wire::Welcome welcome);

// Messages of a prefix that are the same in all versions, and a body; `parse_prefix` knows how long the body is.
Task<void> write_whole(Transport& transport, ByteVector bytes);
Task<ByteVector> read_whole(Transport& transport, Result<std::size_t> (*parse_prefix)(const wire::PrefixBytes&));

// What `config` says to a peer, from a host that can do what `platform` can.
wire::Terms terms_of(const SessionConfig& config, const Self& self, const platform::Platform& platform);
// What speaks against a peer that says `terms` on this connection: another name than that of its certificate, or chunks
// without checksums in plain text. Empty when nothing does.
Failure objection_to(const Transport& transport, const wire::Terms& terms);

}  // namespace dwcp::amst
