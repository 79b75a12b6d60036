// "host:port" as a user writes it, into endpoints.
#pragma once

#include <string>
#include <vector>

#include "engine/platform/endpoint.hpp"

namespace dwcp::cli {

// Addresses are taken as they are; names are looked up. All addresses of the name, in the resolver's order. Errors:
// bad_value for what cannot be an address, not_found for a name that nobody knows.
Result<std::vector<platform::Endpoint>> resolve(const std::string& text);

// The first of `candidates` that takes a connection; the first of all when none does. A name has often an address that
// nobody listens on (localhost as ::1).
platform::Endpoint first_that_answers(const std::vector<platform::Endpoint>& candidates);

}  // namespace dwcp::cli
