// Good sessions, made by an encoder: what the mutations begin with.
#pragma once

#include <vector>

#include "tests/fuzz/hde/session.hpp"

namespace dwcp::hde::testing {

// With every codec: a full copy in several batches, of which later ones copy from earlier ones, rounds of deltas and of
// unchanged pages, a batch that waits for another, repairs, and a second migration with the kept window.
std::vector<Session> example_sessions();

}  // namespace dwcp::hde::testing
