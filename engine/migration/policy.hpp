// What the user wants of a migration.
#pragma once

#include <chrono>

#include "engine/base/units.hpp"

namespace dwcp::migration {

// What is done when the guest dirties memory faster than the path carries it and throttling (to throttle_max) did not
// help.
enum class WhenNotConverging { stop_guest, cancel };

// What is done when a migration takes longer than the user allows.
//   cancel     the guest stays at the source
//   stop_guest it is stopped, and moved with the downtime that this costs
//   post_copy  it is moved at once, and fetches the rest of its memory from the source; Movement::post_copy only
enum class OnTimeout { cancel, stop_guest, post_copy };

struct Policy {
  Duration downtime_max = std::chrono::milliseconds(300);  // the switchover begins when this is predicted to hold
  unsigned throttle_max = 99;                              // percent; 0: never throttle
  unsigned rounds_max = 30;                                // after these WhenNotConverging applies; >= 2
  WhenNotConverging when_not_converging = WhenNotConverging::stop_guest;
  Duration timeout{0};  // of the whole migration until the guest stops; 0: none
  OnTimeout on_timeout = OnTimeout::cancel;
  // The guest is stopped and the destination does not report that it is prepared: roll back, the guest runs on at the
  // source.
  Duration switchover_timeout = std::chrono::seconds(30);
};

}  // namespace dwcp::migration
