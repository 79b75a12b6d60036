#include "reports/failure.hpp"

#include "reports/text.hpp"

namespace dwcp::reports {

std::string failure_text(const Result& r) {
  if (!r.violations.empty()) return r.violations.front().checker + ": " + r.violations.front().detail;
  if (r.verdict == Verdict::aborted) return "aborted: " + r.reason;
  for (const ThresholdResult& t : r.thresholds)
    if (!t.ok) {
      const std::string name = t.expr.substr(0, t.expr.find_first_of(" <>=!"));
      return t.expr + ", got " + (t.value ? metric_text(name, *t.value) : "no value");
    }
  return r.reason;
}

}  // namespace dwcp::reports
