// What the agent says to a client of the control protocol, as one line with its break (docs/agent.md).
#pragma once

#include <optional>
#include <string>

#include "engine/node/node.hpp"

namespace dwcp::node {

using RequestId = std::optional<std::uint64_t>;

std::string status_reply(RequestId id, const Status& status, TimePoint now);
// `node`: this host's name.
std::string job_reply(RequestId id, const Job& job, const std::string& node, TimePoint now);
std::string error_reply(RequestId id, const Failure& failure);
// "progress", or "ended" with the report.
std::string job_event(const Job& job, const std::string& node, TimePoint now);

// "completed", "rolled_back" (the guest runs on here), "cancelled" (the same, because it was asked for), "undecided"
// (handed over, and not confirmed), "failed" (an error before it began, or after which the status tells more); empty:
// not ended.
std::string_view outcome_of(const Job& job);

}  // namespace dwcp::node
