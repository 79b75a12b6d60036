#include "scenarios/format/load.hpp"

#include <set>
#include <span>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "scenarios/format/expand.hpp"
#include "scenarios/format/table.hpp"

namespace dwcp::scenarios {

std::vector<Problem> problems_by_schema(const Document& document) {
  static const auto schema = [] {  // parsed once; never changes
    auto parsed = std::make_unique<valijson::Schema>();
    const Json json = to_json_schema(scenario_shape(), "dwcp scenario");
    valijson::SchemaParser().populateSchema(valijson::adapters::NlohmannJsonAdapter(json), *parsed);
    return parsed;
  }();
  valijson::ValidationResults results;
  valijson::Validator validator;
  if (validator.validate(*schema, valijson::adapters::NlohmannJsonAdapter(document.root), &results)) return {};
  std::vector<Problem> problems;
  for (const auto& error : results) {
    std::string pointer;
    for (std::size_t i = 1; i < error.context.size(); ++i) {  // the first is "<root>"; the others "[key]"
      const std::string& step = error.context[i];
      pointer += "/" + escape_step(step.size() > 2 ? step.substr(1, step.size() - 2) : step);
    }
    problems.push_back({document.position(pointer), error.description});
  }
  return problems;
}

namespace {

// Names for links that have none.
void name_links(Topology& topology) {
  std::set<std::string> taken;
  for (const Link& link : topology.links) taken.insert(link.name);
  for (Link& link : topology.links) {
    if (!link.name.empty()) continue;
    const std::string base = link.between.front() + "--" + link.between.back();
    link.name = base;
    for (int number = 2; !taken.insert(link.name).second; ++number) link.name = base + "-" + std::to_string(number);
  }
}

}  // namespace

Result<Scenario> read_scenario(const Document& document, const std::filesystem::path& file) {
  auto problems = problems_of(document, scenario_shape());
  // The schema is the contract for editors and other tools; the shapes know better words. They must agree, so what only
  // the schema objects to is an error as well.
  if (problems.empty()) problems = problems_by_schema(document);
  if (!problems.empty()) return to_failure(std::move(problems));

  Scenario scenario = table_of<Scenario>().read(document.root);
  scenario.file = file;
  scenario.hash = document.hash;
  scenario.overrides = document.overrides;
  for (std::size_t i = 0; i < scenario.expect.size(); ++i) {
    Expectation& expectation = scenario.expect[i];
    auto threshold = parse_threshold(expectation.that);
    if (threshold)
      expectation.threshold = *threshold;
    else
      problems.push_back({document.position("/expect/" + std::to_string(i)), "expect: " + threshold.error().detail});
  }
  for (std::size_t i = 0; i < scenario.topology.links.size(); ++i) {
    Link& link = scenario.topology.links[i];
    if (!link.trace) continue;
    if (auto samples = load_rate_trace(file.parent_path() / *link.trace)) {
      link.samples = std::move(*samples);
      // Samples are two numbers without a gap.
      if (!scenario.hash.empty()) scenario.hash = joined_hash(scenario.hash, std::as_bytes(std::span(link.samples)));
    } else {
      problems.push_back(
          {document.position("/topology/links/" + std::to_string(i) + "/trace"), "trace: " + samples.error().detail});
    }
  }
  for (const std::string& name : expand_fabric(scenario.topology))
    problems.push_back({document.position("/topology/fabric"),
                        "its host '" + name + "' is named in 'hosts' too; another name there would be right"});
  for (const std::string& name : expand_vms(scenario))
    problems.push_back(
        {document.position("/vms"), "two VMs are named '" + name + "'; one comes of a pattern of hosts"});
  name_links(scenario.topology);
  const auto impossible = impossibilities(scenario, document);
  problems.insert(problems.end(), impossible.begin(), impossible.end());
  if (!problems.empty()) return to_failure(std::move(problems));
  expand_evacuations(scenario);
  return scenario;
}

Result<Scenario> load_scenario(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  const auto document = load_document(file, overrides);
  if (!document) return document.error();
  return read_scenario(*document, file);
}

}  // namespace dwcp::scenarios
