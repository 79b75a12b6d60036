// Links of scenarios as the simulated world takes them.
#pragma once

#include "scenarios/format/scenario.hpp"
#include "sim/wire.hpp"

namespace dwcp::scenarios {

// Independent losses, or bursts of `burst` packets on average where that is more than 1.
sim::LossOptions loss_of(Fraction loss, double burst);
// One direction of it; both are the same.
sim::WireOptions wire_of(const Link& link);

}  // namespace dwcp::scenarios
