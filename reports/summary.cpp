#include <algorithm>
#include <set>

#include "reports/failure.hpp"
#include "reports/terminal.hpp"

namespace dwcp::reports {
namespace {

using dwcp::to_string;

constexpr std::size_t failures_shown_max = 10;

// Metrics that tell runs apart: those that do not have the same value in each.
std::vector<std::string> telling_metrics(const std::vector<Result>& results) {
  std::set<std::string> names;
  for (const Result& r : results)
    for (const auto& [name, value] : r.metrics)
      if (std::holds_alternative<double>(value)) names.insert(name);
  std::vector<std::string> telling;
  for (const std::string& name : names) {
    std::set<double> values;
    for (const Result& r : results)
      if (const auto value = r.metric(name)) values.insert(*value);
    if (values.size() > 1) telling.push_back(name);
  }
  return telling;
}

std::string line_of(const std::string& text) { return "  " + text + "\n"; }

std::string percentile_rows(const std::vector<Result>& results, const Style& style) {
  std::size_t widest = 6;
  const auto names = telling_metrics(results);
  for (const std::string& name : names) widest = std::max(widest, name.size());
  if (names.empty()) return {};
  const auto cells = [&](const std::vector<std::string>& texts) {
    std::string row;
    for (const std::string& text : texts) row += pad_left(text, 12);
    return row;
  };
  std::string out =
      "\n" + line_of(paint(style, Ink::dim, pad_right("metric", widest) + cells({"p50", "p90", "p99", "max"})));
  for (const std::string& name : names) {
    std::vector<double> values;
    for (const Result& r : results)
      if (const auto value = r.metric(name)) values.push_back(*value);
    const Distribution d = distribution_of(values);
    const auto text = [&](double value) { return metric_text(name, value); };
    out += line_of(pad_right(name, widest) + cells({text(d.p50), text(d.p90), text(d.p99), text(d.max)}));
  }
  return out;
}

}  // namespace

std::string render_summary(const std::vector<Result>& results, const Style& style) {
  if (results.empty()) return {};
  const auto passed = static_cast<std::size_t>(
      std::count_if(results.begin(), results.end(), [](const Result& r) { return r.verdict == Verdict::passed; }));
  std::string out = "\n" + line_of(paint(style, Ink::bold, results.front().scenario) + "   " +
                                   paint(style, Ink::dim, results.front().about));
  out += percentile_rows(results, style);
  if (passed < results.size()) out += "\n";
  std::size_t shown = 0;
  for (const Result& r : results) {
    if (r.verdict == Verdict::passed) continue;
    if (++shown > failures_shown_max) continue;
    out += line_of(paint(style, Ink::bad, "✗ seed " + std::to_string(r.seed)) + "  " + failure_text(r));
    out += line_of("  reproduce: " + r.reproduce + paint(style, Ink::dim, "  (commit " + r.commit + ")"));
  }
  if (shown > failures_shown_max) out += line_of("and " + std::to_string(shown - failures_shown_max) + " more failed");
  const bool all = passed == results.size();
  out += "\n" +
         line_of(paint(
             style, all ? Ink::good : Ink::bad,
             (all ? "✓ " : "✗ ") + std::to_string(passed) + " of " + std::to_string(results.size()) + " runs passed")) +
         "\n";
  return out;
}

}  // namespace dwcp::reports
