#include "reports/junit.hpp"

#include <algorithm>
#include <cstdio>

#include "reports/result.hpp"

namespace dwcp::reports {
namespace {

std::string escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        // XML 1.0 has no other control characters.
        out += static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' ? '?' : c;
    }
  }
  return out;
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

std::vector<JunitCase> cases_of(const Result& r) {
  const std::string group = r.scenario + ".seed" + std::to_string(r.seed);
  std::vector<JunitCase> cases{{group, "run", "", ""}};
  if (r.verdict == Verdict::aborted) cases.front() = {group, "run", "aborted", r.reason};
  for (const ThresholdResult& t : r.thresholds)
    cases.push_back({group, t.expr, t.ok ? "" : "threshold does not hold",
                     "value: " + (t.value ? number(*t.value) : "none") + "\nreproduce: " + r.reproduce});
  for (const Violation& v : r.violations)
    cases.push_back({group, "checker " + v.checker, "violated at " + number(to_seconds(v.time)) + " s",
                     v.detail + "\nreproduce: " + r.reproduce});
  return cases;
}

}  // namespace

std::string junit_text(const std::string& suite, const std::vector<JunitCase>& cases, double time_s) {
  std::string body;
  for (const JunitCase& c : cases) {
    body += "    <testcase classname=\"" + escape(c.group) + "\" name=\"" + escape(c.name) + "\"";
    body += c.failure.empty() ? "/>\n"
                              : ">\n      <failure message=\"" + escape(c.failure) + "\">" + escape(c.detail) +
                                    "</failure>\n    </testcase>\n";
  }
  const auto failures = std::ranges::count_if(cases, [](const JunitCase& c) { return !c.failure.empty(); });
  const std::string counts = " tests=\"" + std::to_string(cases.size()) + "\" failures=\"" + std::to_string(failures) +
                             "\" time=\"" + number(time_s) + "\"";
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" + counts + ">\n  <testsuite name=\"" +
         escape(suite) + "\"" + counts + ">\n" + body + "  </testsuite>\n</testsuites>\n";
}

std::string to_junit(const Result& r) { return junit_text(r.scenario, cases_of(r), r.wall_time_s); }

}  // namespace dwcp::reports
