// What a kernel does with a TCP socket and ns-3 offers to its subclasses only.
#pragma once

#include <ns3/ptr.h>
#include <ns3/socket.h>

namespace dwcp::sim {

// Whether the connection is over, or was refused.
bool is_closed(ns3::Socket& socket);
// Whether the peer has said, by FIN, that it sends no more.
bool peer_has_finished(ns3::Socket& socket);
// Sends RST and forgets the connection. Callbacks are the caller's to remove before.
void reset_connection(ns3::Socket& socket);
// The same from within one of the socket's own callbacks: at once in virtual time, but after it has returned.
void reset_connection_soon(const ns3::Ptr<ns3::Socket>& socket);
// Sends FIN after what was accepted. Data that comes from then on is answered with RST, as nobody will read it.
void close_connection(const ns3::Ptr<ns3::Socket>& socket);
// No callback of the socket is called from here on.
void remove_callbacks(ns3::Socket& socket);

}  // namespace dwcp::sim
