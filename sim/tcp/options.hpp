// What a TCP connection of the simulation is made of, and the one place that makes its sockets. Per connection, not
// through ns-3's global defaults: two hosts of one world may differ.
//
// Always use make_tcp_socket() instead of ns-3's socket factory: ns-3's own defaults (128 KiB buffers, 536-byte
// segments, 1 s minimum timeout) fill no real link, and its socket has defects that are listed in README.md.
#pragma once

#include <ns3/node.h>
#include <ns3/ptr.h>
#include <ns3/socket.h>
#include <ns3/type-id.h>

#include "engine/base/units.hpp"
#include "engine/platform/stream.hpp"

namespace dwcp::sim {

// IPv4 (20), TCP (20) and timestamp option (12) headers of every segment.
constexpr Bytes tcp_header_size{52};
// A window must fit the scaled 16-bit field, and ns-3 counts bytes in 32 bits.
constexpr Bytes tcp_buffer_max = MiB(512);

struct TcpOptions {
  platform::CongestionControl congestion = platform::CongestionControl::cubic;  // platform_default means cubic
  bool bbr = true;                                                              // offered by the host
  bool by_path = false;         // whoever connects is to change to what suits the round trip, when that is known
  Bytes mtu{9000};              // of the links on the path, range 576..65535. Simulation cost falls with 1/mtu.
  Bytes send_buffer = MiB(4);   // one flow reaches at most send_buffer per RTT; range 64 KiB..tcp_buffer_max
  Bytes unsent_max = KiB(256);  // of send_buffer what may wait unsent: what is queued here no other stream can take
  Bytes receive_buffer{0};      // 0: twice the send buffer, so that the receiver's window is never the limit
  Duration rto_min = std::chrono::milliseconds(200);  // as in Linux
  Duration delayed_ack = std::chrono::milliseconds(40);
  Duration connect_timeout = std::chrono::seconds(1);  // of the first SYN; doubles with each
  unsigned connect_retries = 6;
  std::uint64_t seed = 0;      // of what a socket draws; each socket needs its own
  unsigned data_retries = 15;  // then the connection is reset; about 15 minutes, as in Linux
};

// Options that let one flow fill `rate` at `rtt`: buffers of four bandwidth-delay products, within the bounds above.
// They are bounds, not costs: only unsent_max of them is filled ahead of what the path takes.
TcpOptions tcp_options_for(BitRate rate, Duration rtt, Bytes mtu, platform::CongestionControl);

// The ns-3 type that stands for a congestion control; platform_default is CUBIC, as in Linux.
ns3::TypeId congestion_type(platform::CongestionControl);

// As a kernel refuses what it does not offer: throws Error (bad_configuration) for bbr where it is not offered.
void check_offers(platform::CongestionControl wanted, bool bbr_offered);

// A TCP socket, not yet bound. Sockets that a listener accepts inherit its options.
// Precondition: the node has an internet stack. Throws Error (bad_value) for options outside their ranges.
ns3::Ptr<ns3::Socket> make_tcp_socket(ns3::Ptr<ns3::Node> node, const TcpOptions& options);

// What the connection knows of its path; `congestion` says what is really in force.
// Precondition: the socket is of make_tcp_socket() or accepted by one.
platform::PathSample path_sample(const ns3::Ptr<ns3::Socket>& socket);

// Of the connection's handshake, as the host that asks saw it; 0: not over. Precondition: as path_sample().
Duration handshake_rtt(const ns3::Ptr<ns3::Socket>& socket);

// Changes the congestion control of a connection in use, unless `wanted` is what it has. `wanted` is bbr or cubic;
// `seed` is of what bbr draws, and must be another each time. Precondition: as path_sample().
void set_congestion(const ns3::Ptr<ns3::Socket>& socket, platform::CongestionControl wanted, std::uint64_t seed);

// The same as ns-3 attribute defaults, for programs that make sockets through ns-3's own applications.
// Global state: call once, before any socket exists.
void apply_tcp_defaults(const TcpOptions& options);

}  // namespace dwcp::sim
