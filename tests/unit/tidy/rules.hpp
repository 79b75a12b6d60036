// The rules. Each takes the whole project, since some depend on what stands beside a file, and gives what breaks it.
#pragma once

#include <vector>

#include "tests/unit/tidy/source.hpp"

namespace dwcp::tidy {

// Who may include whom (docs/architecture.md).
std::vector<Violation> check_includes(const std::vector<Source>& project);

// Time, randomness, I/O and threads come through the Platform only.
std::vector<Violation> check_world(const std::vector<Source>& project);

// Length, notes-to-self, include guards, READMEs.
std::vector<Violation> check_form(const std::vector<Source>& project);

}  // namespace dwcp::tidy
