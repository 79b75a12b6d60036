// One migration out of this host, as a client asked for it and as it stands.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/migration/agent.hpp"

namespace dwcp::node {

using JobId = Quantity<struct JobIdTag>;  // from 1, within one life of the agent

struct Order {
  VmId vm;
  std::string to;  // a peer's name, or ADDRESS:PORT
  migration::Movement movement = migration::Movement::pre_copy;
  bool copy_disks = false;
  // What differs from the node's own policy.
  std::optional<Duration> downtime_max, timeout;
  std::optional<migration::OnTimeout> on_timeout;
  std::optional<unsigned> throttle_max;
};

enum class JobState { waiting, running, ended };

struct Job {
  JobId id;
  Order order;
  migration::Policy policy;  // the node's, with what the order changes
  JobState state = JobState::waiting;
  bool cancel_asked = false;
  TimePoint asked{}, began{}, ended{};
  migration::Progress progress;
  // Of an ended one: its report; or what ended it before there was any.
  std::optional<migration::Report> report;
  Failure failure;
};
using JobPtr = std::shared_ptr<const Job>;

}  // namespace dwcp::node
