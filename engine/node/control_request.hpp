// What a client of the control protocol asks, read from one line (docs/agent.md).
#pragma once

#include <optional>
#include <string_view>
#include <variant>

#include "engine/node/job.hpp"

namespace dwcp::node {

constexpr std::uint64_t control_version = 1;
constexpr std::size_t request_size_max = 64 * 1024;  // bytes of a line, its break not counted
constexpr std::size_t name_size_max = 255;           // bytes of a VM's or a node's name

struct StatusRequest {
  std::optional<VmId> vm;  // all when empty
};
struct MigrateRequest {
  Order order;
  bool follow = false;
};
struct CancelRequest {
  VmId vm;
};
struct FollowRequest {
  VmId vm;  // its newest migration
};

struct ControlRequest {
  std::variant<StatusRequest, MigrateRequest, CancelRequest, FollowRequest> what;
};

// `id` is what the client wrote as "id", as far as the line could be read: it names the answer. Errors: protocol_error
// for what is no request, version_mismatch, bad_value; each names the field, its value, and what would be right.
Result<ControlRequest> parse_request(std::string_view line, std::optional<std::uint64_t>& id);

}  // namespace dwcp::node
