// Names of files as they come from a peer, and the names of what the receiver keeps beside them.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/error.hpp"

namespace dwcp::transfer {

// A name that is safe to create in the receiver's folder: one component, no control characters, at most
// Limits::name_length_max bytes, and not one of the receiver's own (see below). Error: refused, naming it.
Result<std::string> check_name(std::string_view name);

// The name in quotes with unprintable bytes as \xNN, for messages.
std::string in_quotes(std::string_view name);

// What has arrived so far, and which blocks of it.
inline std::string partial_name(const std::string& name) { return name + ".partial"; }
inline std::string table_name(const std::string& name) { return name + ".partial-blocks"; }

}  // namespace dwcp::transfer
