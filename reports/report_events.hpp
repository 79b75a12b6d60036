// events.jsonl as a report embeds it: what its time lines mark and its list of events shows.
#pragma once

#include <iosfwd>
#include <nlohmann/json.hpp>

namespace dwcp::reports {

// {"events": [{"t_s", "source", "event", fields...}], "left_out": {event: how many}}, in order, at most `events_max`.
// Of migration.progress only those that begin a round. Kinds that are not for people are neither there nor counted.
// Throws Error(bad_value) naming the line that is no event.
nlohmann::ordered_json embedded_events(std::istream& events, std::size_t events_max);

}  // namespace dwcp::reports
