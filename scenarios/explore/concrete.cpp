#include "scenarios/explore/concrete.hpp"

#include "scenarios/explore/quantities.hpp"
#include "scenarios/runner/fault_plan.hpp"

namespace dwcp::scenarios {
namespace {

Json process_fault(const ProcessFault& fault) {
  Json json{{"host", fault.host}};
  if (fault.restart_after) json["restart_after"] = exact_text(*fault.restart_after);
  return json;
}

// Of those kinds that can be drawn.
Json document_of(const Fault& fault) {
  Json json{{"at", exact_text(fault.at.value_or(Duration::zero()))}};
  if (fault.cut) {
    json["cut"] = {{"link", fault.cut->link}};
    if (fault.cut->lasting) json["cut"]["for"] = exact_text(*fault.cut->lasting);
  }
  if (fault.flap)
    json["flap"] = {{"link", fault.flap->link},
                    {"times", fault.flap->times},
                    {"down", exact_text(fault.flap->down)},
                    {"up", exact_text(fault.flap->up)}};
  if (fault.kill) json["kill"] = process_fault(*fault.kill);
  if (fault.crash) json["crash"] = process_fault(*fault.crash);
  if (fault.memory) {
    json["memory"] = {{"host", fault.memory->host}, {"left", exact_text(fault.memory->left)}};
    if (fault.memory->lasting) json["memory"]["for"] = exact_text(*fault.memory->lasting);
  }
  return json;
}

// `list[i].key` may be a bare value that stands for `{field: value}`.
void write_out(Json& list, const std::string& key, const std::string& field) {
  for (Json& item : list)
    if (item.is_object() && item.contains(key) && !item[key].is_object()) item[key] = Json{{field, item[key]}};
}

// A file that is named relative to the scenario's: what is written may lie elsewhere.
void make_absolute(Json& item, const char* key, const Scenario& scenario) {
  if (item.contains(key))
    item[key] = std::filesystem::absolute(scenario.file.parent_path() / item[key].get<std::string>())
                    .lexically_normal()
                    .string();
}

Json faults_of(const Json& faults, const Scenario& scenario, std::uint64_t seed) {
  const auto meant = explicit_faults(scenario, seed);
  Json list = Json::array();
  for (std::size_t i = 0; i < faults.size(); ++i) {
    if (!scenario.faults[i].random) {
      list.push_back(faults[i]);
      continue;
    }
    for (const Fault& fault : meant[i]) list.push_back(document_of(fault));
  }
  for (const char* key : {"cut", "flap"}) write_out(list, key, "link");
  for (const char* key : {"kill", "crash", "rdma_down"}) write_out(list, key, "host");
  write_out(list, "partition", "nodes");
  return list;
}

}  // namespace

Json concrete_document(const Document& document, const Scenario& scenario, std::uint64_t seed) {
  Json root = document.root;
  root["seed"] = seed;
  root.erase("repeat");
  if (root.contains("faults")) root["faults"] = faults_of(root["faults"], scenario, seed);
  if (root.contains("events")) write_out(root["events"], "cancel", "vm");
  // Those of a fabric come after them.
  if (Json& topology = root["topology"]; topology.contains("links"))
    for (std::size_t i = 0; i < topology["links"].size(); ++i) {
      topology["links"][i]["name"] = scenario.topology.links[i].name;
      make_absolute(topology["links"][i], "trace", scenario);
    }
  for (auto& [name, vm] : root["vms"].items()) {
    make_absolute(vm, "image", scenario);
    if (vm.contains("dirty")) make_absolute(vm["dirty"], "trace", scenario);
  }
  return root;
}

std::optional<Scenario> scenario_of(const Json& document, const std::filesystem::path& file) {
  Document whole;
  whole.root = document;
  auto scenario = read_scenario(whole, file);
  if (!scenario) return std::nullopt;
  return std::move(*scenario);
}

}  // namespace dwcp::scenarios
