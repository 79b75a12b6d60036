// What a comparison's reader must know before believing it.
#pragma once

#include "reports/compare/compare.hpp"

namespace dwcp::reports {

SideSummary summary_of(const NamedRuns& side);

// A sentence for each difference between the sides, or within one, that is not what they are compared for.
void add_warnings(const NamedRuns& a, const NamedRuns& b, std::vector<std::string>& warnings);

}  // namespace dwcp::reports
