#include "reports/compare/compare.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "engine/base/wildcard.hpp"
#include "reports/compare/compare_metric.hpp"
#include "reports/compare/compare_warnings.hpp"
#include "reports/compare/false_discovery.hpp"

namespace dwcp::reports {

std::string_view to_string(Finding finding) {
  constexpr std::string_view names[] = {"worse", "better", "changed", "cannot tell", "same"};
  return names[static_cast<std::size_t>(finding)];
}

std::size_t Comparison::count(Finding finding) const {
  std::size_t n = 0;
  for (const GroupComparison& group : groups)
    n += static_cast<std::size_t>(
        std::ranges::count(group.metrics, finding, [](const MetricComparison& m) { return m.finding; }));
  return n;
}

namespace {

constexpr std::size_t names_shown_max = 5;

using RunPointers = std::vector<const Run*>;
using Subjects = std::map<Subject, RunPointers>;

Subjects by_subject(const std::vector<Run>& runs) {
  Subjects subjects;
  for (const Run& run : runs) subjects[run.subject].push_back(&run);
  return subjects;
}

// The values of a metric: of a figure that the seed decides, one for each seed, the newest.
std::vector<SeedValue> values_of(const RunPointers& runs, const std::string& metric, MetricClock clock) {
  std::vector<SeedValue> values;
  for (const Run* run : runs) {  // by seed, then by age
    const auto found = run->figures.find(metric);
    if (found == run->figures.end()) continue;
    if (clock == MetricClock::virtual_time && !values.empty() && values.back().seed == run->seed)
      values.back().value = found->second.value;
    else
      values.push_back({run->seed, found->second.value});
  }
  return values;
}

bool same_seeds(const std::vector<SeedValue>& a, const std::vector<SeedValue>& b) {
  return std::ranges::equal(a, b, {}, &SeedValue::seed, &SeedValue::seed);
}

std::set<std::string> metrics_of(const RunPointers& runs, const CompareOptions& options) {
  std::set<std::string> names;
  for (const Run* run : runs)
    for (const auto& [name, figure] : run->figures)
      if (options.metrics.empty() ||
          std::ranges::any_of(options.metrics, [&](const std::string& p) { return fits_pattern(p, name); }))
        names.insert(name);
  return names;
}

std::vector<std::uint64_t> seeds_of(const RunPointers& runs) {
  std::set<std::uint64_t> seeds;
  for (const Run* run : runs) seeds.insert(run->seed);
  return {seeds.begin(), seeds.end()};
}

std::size_t failed_of(const RunPointers& runs) {
  return static_cast<std::size_t>(std::ranges::count(runs, false, [](const Run* run) { return run->passed; }));
}

GroupComparison compare_group(const Subject& subject, const RunPointers& a, const Subject& subject_b,
                              const RunPointers& b, const CompareOptions& options) {
  GroupComparison group;
  group.subject = subject;
  group.subject_b = subject_b;
  group.seeds_a = seeds_of(a);
  group.seeds_b = seeds_of(b);
  group.runs_a = a.size();
  group.runs_b = b.size();
  group.failed_a = failed_of(a);
  group.failed_b = failed_of(b);
  const auto names_a = metrics_of(a, options), names_b = metrics_of(b, options);
  std::ranges::set_difference(names_a, names_b, std::back_inserter(group.only_a));
  std::ranges::set_difference(names_b, names_a, std::back_inserter(group.only_b));
  for (const std::string& name : names_a) {
    if (!names_b.contains(name)) continue;
    const auto has = [&](const Run* run) { return run->figures.contains(name); };
    const Run& example = **std::ranges::find_if(a, has);
    const MetricTraits traits = traits_of(example, name);
    const auto va = values_of(a, name, traits.clock), vb = values_of(b, name, traits.clock);
    const bool paired = traits.clock == MetricClock::virtual_time && va.size() > 1 && same_seeds(va, vb);
    group.paired = group.paired || paired;
    MetricComparison metric = test_metric(va, vb, paired, options.level);
    metric.metric = name;
    metric.unit = example.figures.at(name).unit;
    metric.traits = traits;
    metric.values_a = va;
    metric.values_b = vb;
    group.metrics.push_back(std::move(metric));
  }
  return group;
}

// Scenario by scenario, the logarithm of how a metric's median changed; points of a sweep share one vote.
struct Votes {
  MetricTraits traits;
  std::map<std::string, std::vector<double>> by_scenario;
};

std::vector<OverallComparison> compare_overall(const std::vector<GroupComparison>& groups, double level) {
  std::map<std::string, Votes> metrics;
  for (const GroupComparison& group : groups)
    for (const MetricComparison& m : group.metrics) {
      // Wall clocks are left to scenarios: the sides did not run in turns, and a busy hour would meet all of them.
      if (m.traits.clock == MetricClock::wall) continue;
      if (m.traits.good != Good::lower && m.traits.good != Good::higher) continue;
      if (!(m.median_a > 0 && m.median_b > 0)) continue;
      Votes& votes = metrics[m.metric];
      votes.traits = m.traits;
      votes.by_scenario[group.subject.name].push_back(std::log(m.median_b / m.median_a));
    }
  std::vector<OverallComparison> overall;
  for (auto& [name, votes] : metrics) {
    if (votes.by_scenario.size() < overall_scenarios_min) continue;
    std::vector<double> logarithms;
    for (auto& [scenario, values] : votes.by_scenario) {
      std::ranges::sort(values);
      logarithms.push_back(values[values.size() / 2]);
    }
    if (std::ranges::all_of(logarithms, [](double x) { return x == 0; })) continue;
    const Shift shift = shift_of_pairs(logarithms, 1 - level);
    overall.push_back({name, votes.traits, logarithms.size(), std::exp(shift.estimate), std::exp(shift.low),
                       std::exp(shift.high), signed_rank(logarithms), 1, Finding::cannot_tell});
  }
  std::ranges::sort(overall, {}, [](const OverallComparison& o) { return o.traits.importance; });
  return overall;
}

void judge_overall(OverallComparison& o, const CompareOptions& options) {
  if (o.p_adjusted > options.level) return;
  if (std::abs(o.ratio - 1) < options.relevant)
    o.finding = Finding::same;
  else
    o.finding = (o.ratio > 1) == (o.traits.good == Good::higher) ? Finding::better : Finding::worse;
}

// One correction for all tests of the comparison, then the findings.
void judge_all(Comparison& comparison) {
  std::vector<double> p;
  const double level = comparison.options.level;
  for (const GroupComparison& group : comparison.groups)
    for (const MetricComparison& m : group.metrics)
      if (can_find(m, level)) p.push_back(m.test.p);
  for (const OverallComparison& o : comparison.overall) p.push_back(o.test.p);
  comparison.tests = p.size();
  const auto adjusted = adjusted_for_many(p);
  auto next = adjusted.begin();
  for (GroupComparison& group : comparison.groups)
    for (MetricComparison& m : group.metrics) {
      if (can_find(m, level)) m.p_adjusted = *next++;
      judge_metric(m, comparison.options);
    }
  for (OverallComparison& o : comparison.overall) {
    o.p_adjusted = *next++;
    judge_overall(o, comparison.options);
  }
}

void sort_by_weight(Comparison& comparison) {
  const auto weight = [](const MetricComparison& m) { return std::tuple(m.finding, m.traits.importance, -m.size()); };
  for (GroupComparison& group : comparison.groups) std::ranges::stable_sort(group.metrics, {}, weight);
  std::ranges::stable_sort(comparison.groups, {}, [&](const GroupComparison& group) {
    return group.metrics.empty() ? std::tuple(Finding::same, std::size_t{0}, 0.0) : weight(group.metrics.front());
  });
}

std::string some_of(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), names_shown_max); ++i) text += (i == 0 ? "" : ", ") + names[i];
  return names.size() > names_shown_max ? text + ", and " + std::to_string(names.size() - names_shown_max) + " more"
                                        : text;
}

}  // namespace

dwcp::Result<Comparison> compare(const NamedRuns& a, const NamedRuns& b, const CompareOptions& options) {
  Comparison comparison;
  comparison.options = options;
  comparison.a = summary_of(a);
  comparison.b = summary_of(b);
  const Subjects in_a = by_subject(a.runs), in_b = by_subject(b.runs);
  add_warnings(a, b, comparison.warnings);
  if (in_a.size() == 1 && in_b.size() == 1) {  // whoever names two single things wants them compared
    const auto& [subject_a, runs_a] = *in_a.begin();
    const auto& [subject_b, runs_b] = *in_b.begin();
    if (subject_a != subject_b)
      comparison.warnings.push_back("different scenarios: A is " + to_string(subject_a) + ", B is " +
                                    to_string(subject_b));
    comparison.groups.push_back(compare_group(subject_a, runs_a, subject_b, runs_b, options));
  } else {
    for (const auto& [subject, runs] : in_a) {
      if (const auto other = in_b.find(subject); other != in_b.end())
        comparison.groups.push_back(compare_group(subject, runs, subject, other->second, options));
      else
        comparison.only_a.push_back(to_string(subject));
    }
    for (const auto& [subject, runs] : in_b)
      if (!in_a.contains(subject)) comparison.only_b.push_back(to_string(subject));
  }
  if (comparison.groups.empty())
    return Failure(Errc::not_found, "nothing to compare: no scenario is on both sides; A has " +
                                        some_of(comparison.only_a) + "; B has " + some_of(comparison.only_b));
  if (std::ranges::all_of(comparison.groups, [](const GroupComparison& g) { return g.metrics.empty(); }))
    return Failure(Errc::not_found, options.metrics.empty() ? "nothing to compare: the sides share no metric"
                                                            : "no metric fits " + some_of(options.metrics));
  comparison.overall = compare_overall(comparison.groups, options.level);
  judge_all(comparison);
  sort_by_weight(comparison);
  return comparison;
}

}  // namespace dwcp::reports
