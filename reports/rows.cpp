// Runs of several scenarios, or of one with several values: a line each.
#include <algorithm>

#include "reports/failure.hpp"
#include "reports/terminal.hpp"

namespace dwcp::reports {
namespace {

struct Figure {
  const char* metric;
  const char* header;
};
constexpr Figure figures[] = {{"migration.total_time_s", "total time"},
                              {"migration.downtime_s", "downtime"},
                              {"amst.link_utilisation", "link used"},
                              {"migration.bytes_wire", "on the wire"},
                              {"hde.ratio", "ratio"}};
constexpr std::size_t figure_width = 13;
constexpr std::size_t label_width_max = 40;

std::optional<double> median_of(const std::vector<Result>& results, const char* metric) {
  std::vector<double> values;
  for (const Result& result : results) {
    auto value = result.metric(metric);
    if (!value) value = result.metric(std::string(metric) + ".p50");
    if (value) values.push_back(*value);
  }
  if (values.empty()) return std::nullopt;
  return distribution_of(values).p50;
}

bool passes(const Result& result) { return result.verdict == Verdict::passed; }

std::string verdict_of(const RowOfRuns& row) {
  const auto passed = std::ranges::count_if(row.results, passes);
  const bool all = static_cast<std::size_t>(passed) == row.results.size();
  const std::string mark = all ? "✓" : "✗";
  return row.results.size() == 1 ? mark
                                 : mark + " " + std::to_string(passed) + "/" + std::to_string(row.results.size());
}

}  // namespace

std::string render_rows(const std::vector<std::string>& headers, const std::vector<RowOfRuns>& rows,
                        const Style& style) {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    widths.push_back(columns(headers[i]));
    for (const RowOfRuns& row : rows)
      widths[i] = std::max(widths[i], std::min(label_width_max, columns(row.labels[i])));
  }
  std::size_t verdict_width = 1;
  for (const RowOfRuns& row : rows) verdict_width = std::max(verdict_width, columns(verdict_of(row)));
  std::vector<Figure> shown;
  for (const Figure& figure : figures)
    if (std::ranges::any_of(rows,
                            [&](const RowOfRuns& row) { return median_of(row.results, figure.metric).has_value(); }))
      shown.push_back(figure);

  std::string head;
  for (std::size_t i = 0; i < headers.size(); ++i) head += pad_right(headers[i], widths[i] + 2);
  head += pad_right("", verdict_width);
  for (const Figure& figure : shown) head += pad_left(figure.header, figure_width);
  std::string out = "\n  " + paint(style, Ink::dim, head) + "\n";
  std::string failures;
  for (const RowOfRuns& row : rows) {
    out += "  ";
    for (std::size_t i = 0; i < headers.size(); ++i) out += pad_right(cut(row.labels[i], widths[i]), widths[i] + 2);
    const auto failed = std::ranges::find_if_not(row.results, passes);
    const bool good = failed == row.results.end();
    out += paint(style, good ? Ink::good : Ink::bad, pad_right(verdict_of(row), verdict_width));
    for (const Figure& figure : shown) {
      const auto value = median_of(row.results, figure.metric);
      out += pad_left(value ? metric_text(figure.metric, *value) : "–", figure_width);
    }
    out += "\n";
    if (good) continue;
    std::string name;
    for (const std::string& label : row.labels) name += (name.empty() ? "" : ", ") + label;
    failures += "\n  " + paint(style, Ink::bad, "✗ " + name + ", seed " + std::to_string(failed->seed)) + "  " +
                failure_text(*failed) + "\n  reproduce: " + failed->reproduce +
                paint(style, Ink::dim, "  (commit " + failed->commit + ")") + "\n";
  }
  std::size_t runs = 0, passed = 0;
  for (const RowOfRuns& row : rows) {
    runs += row.results.size();
    passed += static_cast<std::size_t>(std::ranges::count_if(row.results, passes));
  }
  const bool all = passed == runs;
  return out + failures + "\n  " +
         paint(style, all ? Ink::good : Ink::bad,
               (all ? "✓ " : "✗ ") + std::to_string(passed) + " of " + std::to_string(runs) + " runs passed") +
         "\n\n";
}

}  // namespace dwcp::reports
