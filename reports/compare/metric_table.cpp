#include "reports/compare/metric_table.hpp"

#include <array>

namespace dwcp::reports {
namespace {

constexpr auto metric_rows = [] {
  std::array rows{
#define DWCP_METRIC(pattern, good, clock, share, floor, elsewhere) \
  MetricTraits{pattern, Good::good, MetricClock::clock, share, floor, elsewhere, 0},
#include "reports/compare/metric_table.def"
#undef DWCP_METRIC
  };
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].importance = i;
  return rows;
}();

}  // namespace

std::span<const MetricTraits> metric_table() { return metric_rows; }

MetricTraits traits_of(std::string_view metric) {
  for (const std::string_view figure : {".p50", ".p90", ".p99", ".max"})
    if (metric.ends_with(figure)) metric.remove_suffix(figure.size());
  for (const MetricTraits& row : metric_rows)
    if (fits_pattern(row.pattern, metric)) return row;
  return {.pattern = "*", .importance = metric_rows.size()};
}

bool fits_pattern(std::string_view pattern, std::string_view text) {
  // Every star but the last takes as little as it can; going back is needed to the last one only.
  std::size_t p = 0, t = 0, star = std::string_view::npos, after_star = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      after_star = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++after_star;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace dwcp::reports
