#include <lz4.h>
#include <zstd.h>

#include "engine/base/build_info.hpp"
#include "scenarios/runner/job.hpp"

namespace dwcp::scenarios {

namespace {

reports::TopologyShown shown(const Scenario& scenario) {
  reports::TopologyShown topology;
  for (const auto& [name, host] : scenario.topology.hosts) {
    reports::HostShown& one = topology.hosts.emplace_back(reports::HostShown{name, host.site, {}});
    for (const auto& [vm, placed] : scenario.vms)
      if (placed.host == name) one.vms.push_back(vm);
  }
  topology.switches = scenario.topology.switches;
  for (const Link& link : scenario.topology.links)
    topology.links.push_back(
        {link.name, link.between.front(), link.between.back(), link.rate, link.delay, link.jitter, link.loss.value});
  return topology;
}

}  // namespace

void describe_run(const Job& job, reports::Result& result) {
  result.scenario = job.scenario.name;
  result.about = job.scenario.about;
  result.file = job.scenario.file.string();
  result.world = Binding<WorldKind>::show(job.scenario.world);
  result.fidelity = Binding<Fidelity>::show(job.scenario.fidelity);
  result.seed = job.seed;
  for (const std::string& assignment : job.scenario.swept) {
    const std::size_t equals = assignment.find('=');
    result.swept[assignment.substr(0, equals)] = assignment.substr(equals + 1);
  }
  result.scenario_hash = job.scenario.hash;
  result.overrides = job.scenario.overrides;
  result.commit = build_commit();
  result.machine = reports::this_machine();
  result.versions["dwcp"] = project_version();
  result.versions["build"] = build_type();
  result.versions["compiler"] = "g++ " __VERSION__;
  result.topology = shown(job.scenario);
  // Their versions decide how many bytes a page takes.
  result.versions["zstd"] = ZSTD_versionString();
  result.versions["lz4"] = LZ4_versionString();
  result.reproduce = job.reproduce;
}

void judge(const Scenario& scenario, reports::Result& result) {
  result.thresholds.clear();
  for (const Expectation& expectation : scenario.expect) {
    const auto value = result.metric(expectation.threshold.metric);
    result.thresholds.push_back(
        {expectation.that, value, value && expectation.threshold.holds(*value), expectation.threshold.bound});
  }
  if (!result.violations.empty())
    result.verdict = reports::Verdict::failed;
  else if (!result.reason.empty())
    result.verdict = reports::Verdict::aborted;
  else
    result.verdict = result.thresholds_hold() ? reports::Verdict::passed : reports::Verdict::failed;
}

}  // namespace dwcp::scenarios
