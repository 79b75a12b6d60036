// Why a run did not pass, in a line.
#pragma once

#include <string>

#include "reports/result.hpp"

namespace dwcp::reports {

// Precondition: it did not.
std::string failure_text(const Result& result);

}  // namespace dwcp::reports
