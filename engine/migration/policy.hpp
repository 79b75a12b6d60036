// What the user wants of a migration.
#pragma once

#include <chrono>

#include "engine/base/units.hpp"

namespace dwcp::migration {

// What is done when the guest dirties memory faster than the path carries it and throttling (to throttle_max) did not
// help.
enum class WhenNotConverging { stop_guest, cancel };

struct Policy {
  Duration downtime_max = std::chrono::milliseconds(300);  // the switchover begins when this is predicted to hold
  unsigned throttle_max = 99;                              // percent; 0: never throttle
  unsigned rounds_max = 30;                                // after these WhenNotConverging applies; >= 2
  WhenNotConverging when_not_converging = WhenNotConverging::stop_guest;
  // The guest is stopped and the destination does not report that it is prepared: roll back, the guest runs on at the
  // source.
  Duration switchover_timeout = std::chrono::seconds(30);
};

}  // namespace dwcp::migration
