// From files and overrides to a scenario that can run.
#pragma once

#include "scenarios/format/document.hpp"
#include "scenarios/format/scenario.hpp"

namespace dwcp::scenarios {

// All errors are Failure(bad_scenario) with every problem found, each with file, line, column, key and value; or
// not_found when the file itself is not there.
Result<Scenario> load_scenario(const std::filesystem::path& file, const std::vector<std::string>& overrides = {});
Result<Scenario> read_scenario(const Document& document, const std::filesystem::path& file);

// One scenario for each combination of the values of `sweep`, in the order of its keys and lists, each with what it was
// given in Scenario::swept; just the scenario, where there is no `sweep`. A key that is overridden is not swept.
constexpr std::size_t sweep_points_max = 1000;
Result<std::vector<Scenario>> load_sweep(const std::filesystem::path& file,
                                         const std::vector<std::string>& overrides = {});

// What a validator of the JSON Schema says of a document, in its own words. It never objects to what problems_of()
// takes.
std::vector<Problem> problems_by_schema(const Document& document);

// What the JSON Schema cannot say: names that nothing has, VMs that do not fit, hosts that no link reaches.
std::vector<Problem> impossibilities(const Scenario& scenario, const Document& document);

}  // namespace dwcp::scenarios
