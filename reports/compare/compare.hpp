// Two sides of runs, metric by metric.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/compare/rank_test.hpp"
#include "reports/compare/runs.hpp"
#include "reports/compare/shift.hpp"
#include "reports/text.hpp"

namespace dwcp::reports {

// What is said of a metric, of B seen from A. `changed`: it differs, and no direction is known to be good.
enum class Finding { worse, better, changed, cannot_tell, same };
std::string_view to_string(Finding);

struct CompareOptions {
  std::vector<std::string> metrics;  // patterns with '*'; empty: all
  double level = 0.05;               // at most this share of what is called a difference is none, in the mean; 0..1
  double relevant = 0.01;            // a smaller share of A's value is no difference that matters; >= 0
};

enum class Method { none, mann_whitney, signed_rank };

struct SeedValue {
  std::uint64_t seed = 0;
  double value = 0;
};

struct MetricComparison {
  std::string metric, unit;
  MetricTraits traits;
  std::vector<SeedValue> values_a, values_b;  // by seed, then by age
  std::size_t count_a = 0, count_b = 0;       // values
  double median_a = 0, median_b = 0, mean_a = 0, mean_b = 0;
  double difference = 0;           // of the medians, or of the means where the medians are equal
  std::optional<double> relative;  // that as a share of |A|; nothing where A is zero and B is not
  Method method = Method::none;    // none: all values are equal, or there is one on a side
  RankTest test;
  double p_adjusted = 1;  // for all tests of the comparison
  Shift shift;            // at 1 - level
  Finding finding = Finding::cannot_tell;
  std::string why;  // where it needs words: "too few", ...
  // The larger of the shares that the medians and the means changed by; infinite from zero.
  double size() const;
  bool by_means() const { return median_a == median_b && mean_a != mean_b; }
};

// The runs of one scenario, or of one point of a sweep, or of one bench.
struct GroupComparison {
  Subject subject, subject_b;  // they differ only where each side has a single subject
  std::vector<std::uint64_t> seeds_a, seeds_b;
  std::size_t runs_a = 0, runs_b = 0, failed_a = 0, failed_b = 0;
  bool paired = false;                    // figures of virtual time are compared seed by seed
  std::vector<MetricComparison> metrics;  // what matters most comes first
  std::vector<std::string> only_a, only_b;
};

// One metric over all scenarios: how the medians changed, each scenario counting once.
struct OverallComparison {
  std::string metric;
  MetricTraits traits;
  std::size_t scenarios = 0;
  double ratio = 1, ratio_low = 0, ratio_high = 0;  // B / A, by the Hodges-Lehmann estimate on its logarithm
  RankTest test;
  double p_adjusted = 1;
  Finding finding = Finding::cannot_tell;
};

struct SideSummary {
  std::string path;
  std::size_t runs = 0;
  std::vector<std::string> commits, machines, worlds;  // without repetition
  std::vector<std::uint64_t> seeds;
  std::vector<std::string> overrides;
};

struct Comparison {
  SideSummary a, b;
  CompareOptions options;
  std::vector<GroupComparison> groups;      // what matters most comes first
  std::vector<OverallComparison> overall;   // where there are at least `overall_scenarios_min`
  std::vector<std::string> only_a, only_b;  // subjects
  std::vector<std::string> warnings;
  std::size_t tests = 0;
  std::size_t count(Finding) const;
};
constexpr std::size_t overall_scenarios_min = 6;

struct NamedRuns {
  std::string path;
  std::vector<Run> runs;  // not empty, as read_runs() sorts them
};
// Failure(not_found) where no subject is on both sides, naming some of each, or no metric fits the patterns.
dwcp::Result<Comparison> compare(const NamedRuns& a, const NamedRuns& b, const CompareOptions& options);

// As a person reads it. `all`: every metric, not only what differs.
std::string render_comparison(const Comparison& comparison, const Style& style, bool all);
// The same as JSON, indented, with a line break at its end. Keys: docs/gate.md.
std::string comparison_json(const Comparison& comparison);

}  // namespace dwcp::reports
