// Streams and listeners on kernel TCP sockets.
#pragma once

#include "engine/platform/stream.hpp"

namespace dwcp::platform::native {

Task<Stream> connect_tcp(Endpoint to, StreamOptions options, Executor lane);
// `control` waits for connections; each lives on the lane that accept() names.
std::unique_ptr<Listener> listen_tcp(const Endpoint& at, StreamOptions options, const Executor& control);

}  // namespace dwcp::platform::native
