// How long one core takes for a piece of work: the table that stands for a processor in the simulation.
#pragma once

#include "engine/platform/compute.hpp"

namespace dwcp::sim {

// Input bytes per second of one core, measured on an AMD EPYC with AVX2 on guests' memory pages. Levels of zstd between
// the measured ones are interpolated on a logarithmic scale; others take the nearest.
double bytes_per_second(platform::WorkKind kind, int level);

// Sum over the list, on a core that is `speed` times (> 0) as fast as the measured one.
Duration modelled_time(const platform::WorkList& work, double speed);

}  // namespace dwcp::sim
