// One host of a live world: a process with modelled guests and an agent, that does what the conductor says.
#pragma once

#include "scenarios/runner/job.hpp"
#include "scenarios/runner/line_channel.hpp"

namespace dwcp::scenarios {

// Serves the conductor until it says "quit" or goes away. `began_ns` is the run's beginning on CLOCK_MONOTONIC.
//   conductor says: {do: start, listen: [endpoint]}, {do: migrate, attempt, vm, destination: [endpoint], policy: event
//     index}, {do: cancel, vm}, {do: kill}, {do: quit}
//   host says: {is: entered}, {is: record, line, ready}, {is: guest, vm, state, time_ns, wrong_pages}, {is: progress,
//     attempt, ...}, {is: report, attempt, ...}, {is: gave_up, attempt, why}, {is: failed, why}
void serve_live_host(const Job& job, const std::string& host, LineChannel conductor, std::int64_t began_ns);

std::int64_t monotonic_ns();

}  // namespace dwcp::scenarios
