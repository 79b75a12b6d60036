#include "sim/addresses.hpp"

#include <boost/asio/error.hpp>

namespace dwcp::sim {

ns3::InetSocketAddress to_ns3(const platform::Endpoint& endpoint) {
  if (endpoint.address.is_unspecified()) return {ns3::Ipv4Address::GetAny(), endpoint.port};
  if (!endpoint.address.is_v4())
    throw boost::system::system_error(boost::asio::error::address_family_not_supported,
                                      to_string(endpoint) + " in the simulation, which has IPv4 only");
  return {ns3::Ipv4Address(endpoint.address.to_v4().to_uint()), endpoint.port};
}

}  // namespace dwcp::sim
