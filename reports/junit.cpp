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

struct Case {
  std::string name, failure, detail;  // no failure: passed
};

std::vector<Case> cases_of(const Result& r) {
  std::vector<Case> cases{{"run", "", ""}};
  if (r.verdict == Verdict::aborted) cases.front() = {"run", "aborted", r.reason};
  for (const ThresholdResult& t : r.thresholds)
    cases.push_back({t.expr, t.ok ? "" : "threshold does not hold",
                     "value: " + (t.value ? number(*t.value) : "none") + "\nreproduce: " + r.reproduce});
  for (const Violation& v : r.violations)
    cases.push_back({"checker " + v.checker, "violated at " + number(to_seconds(v.time)) + " s",
                     v.detail + "\nreproduce: " + r.reproduce});
  return cases;
}

}  // namespace

std::string to_junit(const Result& r) {
  const auto cases = cases_of(r);
  std::size_t failures = 0;
  std::string body;
  for (const Case& c : cases) {
    body += "    <testcase classname=\"" + escape(r.scenario) + ".seed" + std::to_string(r.seed) + "\" name=\"" +
            escape(c.name) + "\"";
    if (c.failure.empty()) {
      body += "/>\n";
      continue;
    }
    ++failures;
    body +=
        ">\n      <failure message=\"" + escape(c.failure) + "\">" + escape(c.detail) + "</failure>\n    </testcase>\n";
  }
  const std::string counts = " tests=\"" + std::to_string(cases.size()) + "\" failures=\"" + std::to_string(failures) +
                             "\" time=\"" + number(r.wall_time_s) + "\"";
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" + counts + ">\n  <testsuite name=\"" +
         escape(r.scenario) + "\"" + counts + ">\n" + body + "  </testsuite>\n</testsuites>\n";
}

}  // namespace dwcp::reports
