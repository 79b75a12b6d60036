// `world: sim`: a scenario in virtual time.
#pragma once

#include "scenarios/runner/job.hpp"

namespace dwcp::scenarios {

// Whether this build has the simulator (ns-3).
bool has_simulator();

// Runs the job's scenario in this process, which may hold one simulation. Writes events.jsonl; the same scenario, seed
// and build give the same bytes. Throws Error for what cannot be run at all.
reports::Result run_simulated(const Job& job, const OnProgress& on_progress);

}  // namespace dwcp::scenarios
