// A run's events as a trace for Perfetto (ui.perfetto.dev) and chrome://tracing: the JSON format of "Trace Event
// Format" (Google, 2016). Hosts are processes; migrations, connections and cut links are slices on tracks of their own,
// rates and what is left are counters, everything else is a mark with its fields. Times are those of the events.
#pragma once

#include <iosfwd>

#include "engine/base/error.hpp"

namespace dwcp::reports {

// `events`: events.jsonl. Throws Error(bad_value) naming the line that is no event.
void write_perfetto(std::istream& events, std::ostream& trace);

}  // namespace dwcp::reports
