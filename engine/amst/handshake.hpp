// The first exchange on a connection, over any transport.
#pragma once

#include "engine/amst/handshake_wire.hpp"
#include "engine/amst/transport.hpp"
#include "engine/platform/platform.hpp"

namespace dwcp::amst {

// Connects, says hello and reads the reply. Awaited on `lane`; no deadline of its own. Throws what connect throws, the
// peer's refusal, or protocol_error.
struct Greeted {
  std::shared_ptr<Transport> transport;
  wire::Welcome welcome;
};
Task<Greeted> dial(platform::Platform& platform, Endpoint to, CongestionControl congestion, Executor lane,
                   wire::Hello hello);

// Reads a hello, and refuses a peer that offers no version of ours. Awaited on the transport's executor. Throws
// system_error or Error; then the peer was told why, where it could be.
Task<wire::Hello> read_hello(Transport& transport);
Task<void> send_refusal(Transport& transport, Failure reason);
Task<void> send_welcome(Transport& transport, wire::Welcome welcome);

// What `config` says to a peer.
wire::Terms terms_of(const SessionConfig& config, const Identity& self);

}  // namespace dwcp::amst
