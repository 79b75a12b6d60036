// Endpoints between the port's terms and ns-3's. The simulation has IPv4 only.
#pragma once

#include <ns3/inet-socket-address.h>

#include "engine/platform/endpoint.hpp"

namespace dwcp::sim {

inline platform::Endpoint to_endpoint(ns3::Ipv4Address address, std::uint16_t port) {
  return {boost::asio::ip::address_v4(address.Get()), port};
}
inline platform::Endpoint to_endpoint(const ns3::Address& address) {
  const auto inet = ns3::InetSocketAddress::ConvertFrom(address);
  return to_endpoint(inet.GetIpv4(), inet.GetPort());
}
// Throws system_error(address_family_not_supported) for IPv6.
ns3::InetSocketAddress to_ns3(const platform::Endpoint& endpoint);

}  // namespace dwcp::sim
