// A node's name as its certificate carries it.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/error.hpp"
#include "engine/base/units.hpp"

namespace dwcp::security {

// Both parts 1 to 255 bytes.
struct PeerName {
  std::string cluster;
  NodeId node;
  PeerName() = default;
  // Not an aggregate: g++ 12 copies a braced aggregate in the arguments of an awaited call bit by bit.
  PeerName(std::string c, NodeId n) : cluster(std::move(c)), node(std::move(n)) {}
  friend bool operator==(const PeerName&, const PeerName&) = default;
};

// "dwcp://CLUSTER/NODE"; what is not unreserved (RFC 3986, section 2.3) is percent-encoded.
std::string to_uri(const PeerName& name);
// Errors: bad_value.
Result<PeerName> parse_uri(std::string_view uri);

}  // namespace dwcp::security
