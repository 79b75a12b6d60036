// Which build this is. Written into results, so that a run can be reproduced.
#pragma once

#include <string>
#include <string_view>

namespace dwcp {

std::string_view project_version();
// Abbreviated commit, with "-dirty" when the tree differed from it; "unknown" outside a git checkout.
std::string_view build_commit();
// "Release", "RelWithDebInfo"...
std::string_view build_type();
// "0.1.0 (commit 89496d1, Release, g++ 12.2.0)"
std::string build_description();

}  // namespace dwcp
