// Socket options and measurements of a TCP socket that Asio does not know.
#pragma once

#include "engine/platform/stream.hpp"

namespace dwcp::platform::native {

// Bytes that the kernel may hold unsent before a socket stops being writable: enough to keep it busy between two
// wake-ups of a lane at 10 Gbit/s, little enough that a more urgent chunk does not wait behind megabytes.
constexpr Bytes unsent_low_water = KiB(1024);

// Sets what `options` ask for, no delay, and the bound above. Throws Error(bad_configuration) when the kernel refuses a
// congestion control that was asked for, naming those it offers.
void tune(int socket, const StreamOptions& options);

// The congestion control alone, unless it is platform_default; throws as tune() does. For a socket that has just
// connected, since a route with `congctl` replaces in connect() what was set before it, and only now is the path known;
// and for one that is in use: the kernel then goes on with the window that it has.
void set_congestion_control(int socket, CongestionControl wanted);

// Whether this process may use it on this host.
bool offers(CongestionControl congestion);

// What by_path means on this host.
CongestionControl suitable_for(Duration rtt);

// From TCP_INFO and TCP_CONGESTION; fields that this kernel does not give stay 0.
PathSample sample_path(int socket);

}  // namespace dwcp::platform::native
