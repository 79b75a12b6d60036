#include "scenarios/explore/minimise.hpp"

#include <set>

#include "scenarios/explore/concrete.hpp"
#include "scenarios/explore/parts.hpp"
#include "scenarios/explore/values.hpp"

namespace dwcp::scenarios {
namespace {

class Search {
 public:
  Search(Json document, bool shorten, FailureOracle& oracle, std::size_t runs_max)
      : best_(std::move(document)), shorten_(shorten), oracle_(oracle), runs_max_(runs_max) {}

  Minimised run() {
    Minimised outcome;
    oracle_.note("whether it fails again", best_);
    outcome.reproduced = first_failing({best_}).has_value();
    if (outcome.reproduced) {
      while (leave_out_parts() || simplify_values()) {
      }
    }
    outcome.document = best_;
    outcome.runs = runs_;
    outcome.complete = outcome.reproduced && !cut_short();
    return outcome;
  }

 private:
  bool cut_short() const { return exhausted_ || oracle_.stopped(); }

  // Asks the oracle for those that can be at all and that are not known to pass.
  std::optional<std::size_t> first_failing(const std::vector<Json>& candidates) {
    std::vector<Json> asked;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      if (cut_short()) return std::nullopt;
      if (passed_.contains(candidates[i].dump()) || !scenario_of(candidates[i], {})) continue;
      if (runs_ + asked.size() >= runs_max_) {
        exhausted_ = true;
        break;
      }
      asked.push_back(candidates[i]);
      places.push_back(i);
    }
    if (asked.empty()) return std::nullopt;
    const auto found = oracle_.first_failing(asked);
    const std::size_t run = found ? *found + 1 : asked.size();
    runs_ += run;
    if (oracle_.stopped()) return found ? std::optional(places[*found]) : std::nullopt;
    for (std::size_t i = 0; i < run; ++i)
      if (i != found) passed_.insert(asked[i].dump());
    return found ? std::optional(places[*found]) : std::nullopt;
  }

  bool leave_out_parts() {
    bool smaller = false;
    for (const PartKind& kind : part_kinds()) {
      if (cut_short()) break;
      oracle_.note(std::string(kind.name), best_);
      const Json whole = best_;
      const std::size_t count = kind.count(whole);
      const Subset kept = ddmin(count, [&](const std::vector<Subset>& subsets) {
        std::vector<Json> candidates;
        for (const Subset& subset : subsets) candidates.push_back(kind.keep(whole, subset));
        return first_failing(candidates);
      });
      if (kept.size() == count) continue;
      best_ = kind.keep(whole, kept);
      smaller = true;
    }
    return smaller;
  }

  bool simplify_values() {
    bool simpler = false;
    for (const ValueStep& step : value_steps(best_, shorten_)) {
      oracle_.note(step.name, best_);
      for (;;) {
        const auto candidates = step.simpler(best_);
        const auto found = first_failing(candidates);
        if (!found) break;
        best_ = candidates[*found];
        simpler = true;
      }
    }
    return simpler;
  }

  Json best_;  // fails
  bool shorten_;
  FailureOracle& oracle_;
  std::size_t runs_max_;
  std::set<std::string> passed_;  // at most runs_max_
  std::size_t runs_ = 0;
  bool exhausted_ = false;
};

}  // namespace

Minimised minimise(const Json& document, bool shorten, FailureOracle& oracle, std::size_t runs_max) {
  return Search(document, shorten, oracle, runs_max).run();
}

}  // namespace dwcp::scenarios
