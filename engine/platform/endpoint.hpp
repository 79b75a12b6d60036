// Where a peer listens.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/error.hpp"

namespace dwcp::platform {

struct Endpoint {
  boost::asio::ip::address address;
  std::uint16_t port = 0;
  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

// "10.0.0.1:4700", "[::1]:4700". Names are resolved before, at the edge (cli/), never in the engine.
Result<Endpoint> parse_endpoint(std::string_view text);
std::string to_string(const Endpoint&);

}  // namespace dwcp::platform
