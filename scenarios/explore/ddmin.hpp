// Delta debugging: the least part of something that still fails.
// Source: A. Zeller and R. Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", IEEE Transactions on
// Software Engineering 28(2), 2002: the algorithm ddmin.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

namespace dwcp::scenarios {

using Subset = std::vector<std::size_t>;  // indices of parts, ascending

// The first of the candidates, in their order, that fails; nothing when none does.
using FirstFailingSubset = std::function<std::optional<std::size_t>(const std::vector<Subset>& candidates)>;

// The parts, of `count`, that are left when none of them can be left out alone without the failure going away
// (1-minimal). Precondition: all of them together fail. Takes at most count^2 + 3 count tests (the paper's worst case),
// and one more for leaving out everything. A test that is not done counts as passed: what is returned failed in any
// case.
Subset ddmin(std::size_t count, const FirstFailingSubset& first_failing);

}  // namespace dwcp::scenarios
