// A transport whose bytes only the peer can read, and which knows who that is.
#pragma once

#include "engine/amst/options.hpp"
#include "engine/amst/transport.hpp"
#include "engine/platform/platform.hpp"

namespace dwcp::amst {

// Makes the TLS handshake on a new connection; plain, when `self` has no credentials. Awaited on the stream's executor;
// no deadline of its own. Throws Error(untrusted), also for a peer of another cluster; Error(protocol_error) for what
// is no TLS; system_error.
Task<std::shared_ptr<Transport>> secure(platform::Platform& platform, platform::Stream stream, security::Side side,
                                        std::shared_ptr<const Self> self);

// That the peer's certificate, where there is one, is that of the node that it says it is.
Failure check_identity(const Transport& transport, const Identity& claimed);

}  // namespace dwcp::amst
