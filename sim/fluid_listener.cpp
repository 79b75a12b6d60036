#include "sim/fluid_listener.hpp"

#include <boost/asio/error.hpp>
#include <utility>

#include "sim/addresses.hpp"

namespace dwcp::sim {

FluidListener::FluidListener(Context& context, flow::Host& host, const platform::Endpoint& at,
                             const TcpOptions& options, Executor executor)
    : Listener(context, std::move(executor)), host_(host) {
  const auto address = to_ns3(at);
  const std::uint16_t port = host.listen(address.GetIpv4().Get(), address.GetPort(), options, *this);
  if (port == 0) throw boost::system::system_error(asio::error::address_in_use, "listen on " + to_string(at));
  local_ = to_endpoint(address.GetIpv4(), port);
}

FluidListener::~FluidListener() { close(); }

bool FluidListener::accepted(const std::shared_ptr<flow::Socket>& socket) {
  if (is_full()) return false;
  add(std::make_shared<FluidStream>(context_, executor_, socket));
  return true;
}

}  // namespace dwcp::sim
