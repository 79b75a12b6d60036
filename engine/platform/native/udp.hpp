// Datagrams on kernel UDP sockets.
#pragma once

#include "engine/platform/datagram.hpp"

namespace dwcp::platform::native {

// Throws system_error when the address cannot be had.
Datagram open_udp(const Endpoint& at, const Executor& on);

}  // namespace dwcp::platform::native
