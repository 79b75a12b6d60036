// `world: live`: the same scenario with a process for each host and real TCP, on loopback or between network
// namespaces.
#pragma once

#include "scenarios/runner/job.hpp"

namespace dwcp::scenarios {

// What a live world cannot do: faults of links and storage. Throws Error(bad_scenario) naming the first.
void check_live(const Scenario& scenario);

// Runs the job's scenario: this process becomes the conductor of one process for each host, all of which have ended
// when it returns. Writes events.jsonl with the time since the beginning.
reports::Result run_live(const Job& job, const OnProgress& on_progress);

}  // namespace dwcp::scenarios
