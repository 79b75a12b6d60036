#include "cli/transfer/addresses.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace dwcp::cli {

namespace asio = boost::asio;
using asio::ip::tcp;

Result<std::vector<platform::Endpoint>> resolve(const std::string& text) {
  auto literal = platform::parse_endpoint(text);
  if (literal) return std::vector{*literal};
  const std::size_t colon = text.rfind(':');
  const std::string host = text.substr(0, colon);
  const bool could_be_a_name =
      colon != std::string::npos && !host.empty() && host.find_first_of(":[]/ ") == std::string::npos;
  if (!could_be_a_name) return literal.error();
  if (auto port = platform::parse_endpoint("127.0.0.1" + text.substr(colon)); !port) return port.error();

  asio::io_context context;
  tcp::resolver resolver(context);
  ErrorCode error;
  const auto found = resolver.resolve(host, text.substr(colon + 1), error);
  if (error) return Failure(Errc::not_found, "host '" + host + "': " + error.message());
  std::vector<platform::Endpoint> endpoints;
  for (const auto& entry : found) endpoints.push_back({entry.endpoint().address(), entry.endpoint().port()});
  return endpoints;
}

platform::Endpoint first_that_answers(const std::vector<platform::Endpoint>& candidates) {
  if (candidates.size() == 1) return candidates.front();
  asio::io_context context;
  for (const platform::Endpoint& candidate : candidates) {
    tcp::socket socket(context);
    ErrorCode error;
    socket.connect({candidate.address, candidate.port}, error);
    if (!error) return candidate;
  }
  return candidates.front();
}

}  // namespace dwcp::cli
