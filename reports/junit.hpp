// JUnit's XML, as CI systems read it.
#pragma once

#include <string>
#include <vector>

namespace dwcp::reports {

struct JunitCase {
  std::string group, name;
  std::string failure;  // empty: passed
  std::string detail;   // of a failure
};

// One suite. `time_s`: wall time of all.
std::string junit_text(const std::string& suite, const std::vector<JunitCase>& cases, double time_s);

}  // namespace dwcp::reports
