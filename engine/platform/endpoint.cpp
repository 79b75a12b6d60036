#include "engine/platform/endpoint.hpp"

#include <charconv>

namespace dwcp::platform {

Result<Endpoint> parse_endpoint(std::string_view text) {
  const auto bad = [&](const char* why) {
    return Failure(Errc::bad_value, "endpoint '" + std::string(text) + "' " + why +
                                        "; write ADDRESS:PORT, e.g. 10.0.0.1:4700 or [::1]:4700");
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad("has no port");
  std::string host(text.substr(0, colon));
  const std::string_view digits = text.substr(colon + 1);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string::npos)
    return bad("is an IPv6 address without brackets");

  Endpoint endpoint;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), endpoint.port);
  if (error != std::errc() || end != digits.data() + digits.size()) return bad("has a port outside 0..65535");
  ErrorCode code;
  endpoint.address = boost::asio::ip::make_address(host, code);
  if (code) return bad("has no valid address");
  return endpoint;
}

std::string to_string(const Endpoint& e) {
  const std::string host = e.address.is_v6() ? "[" + e.address.to_string() + "]" : e.address.to_string();
  return host + ":" + std::to_string(e.port);
}

}  // namespace dwcp::platform
