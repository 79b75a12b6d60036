#include "reports/compare/metric_table.hpp"

#include <array>

#include "engine/base/wildcard.hpp"

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

}  // namespace dwcp::reports
