// From a scenario that fails to a smaller one that fails in the same way.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/format/document.hpp"

namespace dwcp::scenarios {

// Runs documents and tells which fails in the way that is looked for.
class FailureOracle {
 public:
  virtual ~FailureOracle() = default;
  // The first of the candidates, in their order, that fails so; nothing when none does, or when it was stopped before
  // one was found. All are valid scenarios.
  virtual std::optional<std::size_t> first_failing(const std::vector<Json>& candidates) = 0;
  // Time is up, or the user wants no more: whatever has been found is to do.
  virtual bool stopped() const = 0;
  // What is being made smaller, and what is left; for a person.
  virtual void note(const std::string& step, const Json& best) = 0;
};

// Documents that one minimisation runs at most; what is not tried by then stays in.
constexpr std::size_t minimise_runs_max = 2'000;

struct Minimised {
  Json document;            // fails as `document` did
  std::size_t runs = 0;     // documents that were run
  bool complete = false;    // nothing more can be left out or made smaller by one step
  bool reproduced = false;  // `document` itself failed when it was run again; else it is returned as it was
};

// Leaves out parts (parts.hpp, by ddmin), then makes values smaller (values.hpp), again and again until neither finds
// anything. `document` is concrete. The same answers of the oracle give the same document.
Minimised minimise(const Json& document, bool shorten, FailureOracle& oracle, std::size_t runs_max = minimise_runs_max);

}  // namespace dwcp::scenarios
