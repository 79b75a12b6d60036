// Many tests at once: noise must not look like news.
#pragma once

#include <span>
#include <vector>

namespace dwcp::reports {

// Adjusted p-values in the order of `p`: what is at most q among them is a discovery, of which at most the share q is
// false in the mean. Benjamini and Hochberg, "Controlling the false discovery rate", J. R. Statist. Soc. B 57 (1995);
// metrics of one run depend on one another positively, which it allows (Benjamini and Yekutieli, Ann. Statist. 29
// (2001)).
std::vector<double> adjusted_for_many(std::span<const double> p);

}  // namespace dwcp::reports
