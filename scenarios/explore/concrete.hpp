// A scenario as one seed runs it, with nothing left that is drawn.
#pragma once

#include "scenarios/format/load.hpp"

namespace dwcp::scenarios {

// The document of a scenario that behaves as `scenario` does under this seed: the seed is in it, random faults are the
// cuts, flaps, kills and crashes that were drawn, short forms of events and faults are written out, links
// have their names, images their whole paths. What the world itself draws (losses, jitter, content) still comes from
// the seed. Precondition: `scenario` was read from `document`.
Json concrete_document(const Document& document, const Scenario& scenario, std::uint64_t seed);

// A document made here, as a scenario; nothing when no scenario can be so. `file` is where images are looked for.
std::optional<Scenario> scenario_of(const Json& document, const std::filesystem::path& file);

}  // namespace dwcp::scenarios
