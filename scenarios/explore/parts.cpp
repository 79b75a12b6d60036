#include "scenarios/explore/parts.hpp"

#include <algorithm>
#include <set>

namespace dwcp::scenarios {
namespace {

using Names = std::set<std::string>;
using Pointer = Json::json_pointer;

std::size_t size_at(const Json& document, const char* key) { return document.contains(key) ? document[key].size() : 0; }

// ---- lists
// Where nothing is left, the key goes too.
Json keep_items(const Json& document, const char* key, const Subset& kept) {
  Json smaller = document;
  Json list = Json::array();
  for (const std::size_t i : kept) list.push_back(document[key][i]);
  if (list.empty())
    smaller.erase(key);
  else
    smaller[key] = std::move(list);
  return smaller;
}

template <class Speaks>
void drop_items(Json& document, const char* key, Speaks&& speaks_of_lost) {
  if (!document.contains(key)) return;
  Subset kept;
  for (std::size_t i = 0; i < document[key].size(); ++i)
    if (!speaks_of_lost(document[key][i])) kept.push_back(i);
  if (kept.size() < document[key].size()) document = keep_items(document, key, kept);
}

std::size_t count_faults(const Json& d) { return size_at(d, "faults"); }
Json keep_faults(const Json& d, const Subset& kept) { return keep_items(d, "faults", kept); }
std::size_t count_events(const Json& d) { return size_at(d, "events"); }
Json keep_events(const Json& d, const Subset& kept) { return keep_items(d, "events", kept); }
std::size_t count_expectations(const Json& d) { return size_at(d, "expect"); }
Json keep_expectations(const Json& d, const Subset& kept) { return keep_items(d, "expect", kept); }

// ---- what has a name
// The names of the mapping's keys that are not kept.
Names lost_keys(const Json& mapping, const Subset& kept) {
  Names lost;
  std::size_t i = 0;
  for (const auto& [key, value] : mapping.items()) {
    if (!std::binary_search(kept.begin(), kept.end(), i)) lost.insert(key);
    ++i;
  }
  return lost;
}

bool names_one(const Json& item, const std::string& key, const char* field, const Names& lost) {
  return item.contains(key) && lost.contains(item[key].value(field, ""));
}

void drop_vms(Json& document, const Names& lost) {
  for (const std::string& vm : lost) document["vms"].erase(vm);
  drop_items(document, "events", [&](const Json& event) {
    return names_one(event, "migrate", "vm", lost) || names_one(event, "cancel", "vm", lost);
  });
}

void drop_links(Json& document, const Subset& kept) {
  Json& links = document["topology"]["links"];
  Names lost;
  Json left = Json::array();
  for (std::size_t i = 0; i < links.size(); ++i) {
    if (std::binary_search(kept.begin(), kept.end(), i))
      left.push_back(links[i]);
    else
      lost.insert(links[i].value("name", ""));
  }
  links = std::move(left);
  drop_items(document, "faults", [&](const Json& fault) {
    return names_one(fault, "cut", "link", lost) || names_one(fault, "flap", "link", lost) ||
           names_one(fault, "change", "link", lost);
  });
}

// Links to hosts or switches that are lost, and these as sides of partitions.
void drop_what_joins(Json& document, const Names& lost) {
  const auto is_lost = [&](const Json& node) { return lost.contains(node.get<std::string>()); };
  if (document["topology"].contains("links")) {
    Subset joined;
    for (std::size_t i = 0; i < document["topology"]["links"].size(); ++i) {
      const Json& between = document["topology"]["links"][i]["between"];
      if (std::none_of(between.begin(), between.end(), is_lost)) joined.push_back(i);
    }
    drop_links(document, joined);
  }
  drop_items(document, "faults", [&](const Json& fault) {
    return fault.contains("partition") &&
           std::all_of(fault["partition"]["nodes"].begin(), fault["partition"]["nodes"].end(), is_lost);
  });
  if (!document.contains("faults")) return;
  for (Json& fault : document["faults"]) {
    if (!fault.contains("partition")) continue;
    Json left = Json::array();
    for (const Json& node : fault["partition"]["nodes"])
      if (!is_lost(node)) left.push_back(node);
    fault["partition"]["nodes"] = std::move(left);
  }
}

std::size_t count_vms(const Json& d) { return size_at(d, "vms"); }
Json keep_vms(const Json& d, const Subset& kept) {
  Json smaller = d;
  drop_vms(smaller, lost_keys(d["vms"], kept));
  return smaller;
}

std::size_t count_links(const Json& d) { return size_at(d["topology"], "links"); }
Json keep_links(const Json& d, const Subset& kept) {
  Json smaller = d;
  drop_links(smaller, kept);
  return smaller;
}

std::size_t count_hosts(const Json& d) { return size_at(d["topology"], "hosts"); }
Json keep_hosts(const Json& d, const Subset& kept) {
  Json smaller = d;
  const Names lost = lost_keys(d["topology"]["hosts"], kept);
  for (const std::string& host : lost) smaller["topology"]["hosts"].erase(host);
  Names homeless;
  for (const auto& [name, vm] : d["vms"].items())
    if (lost.contains(vm.value("host", ""))) homeless.insert(name);
  drop_vms(smaller, homeless);
  drop_items(smaller, "events", [&](const Json& event) { return names_one(event, "migrate", "to", lost); });
  drop_items(smaller, "faults", [&](const Json& fault) {
    return names_one(fault, "kill", "host", lost) || names_one(fault, "crash", "host", lost) ||
           names_one(fault, "storage", "host", lost) || names_one(fault, "rdma_down", "host", lost) ||
           names_one(fault, "clock", "host", lost) || names_one(fault, "memory", "host", lost);
  });
  drop_what_joins(smaller, lost);
  return smaller;
}

std::size_t count_switches(const Json& d) { return size_at(d["topology"], "switches"); }
Json keep_switches(const Json& d, const Subset& kept) {
  Json smaller = d;
  smaller["topology"] = keep_items(d["topology"], "switches", kept);
  Names lost;
  for (std::size_t i = 0; i < count_switches(d); ++i)
    if (!std::binary_search(kept.begin(), kept.end(), i)) lost.insert(d["topology"]["switches"][i]);
  drop_what_joins(smaller, lost);
  return smaller;
}

// ---- settings
void add_keys(const Json& document, const Pointer& object, const std::vector<std::string>& keys,
              std::vector<Pointer>& found) {
  if (!document.contains(object)) return;
  for (const std::string& key : keys)
    if (document[object].contains(key)) found.push_back(object / key);
}

// Every key of the mapping.
void add_all(const Json& document, const Pointer& object, std::vector<Pointer>& found) {
  if (!document.contains(object)) return;
  for (const auto& [key, value] : document[object].items()) found.push_back(object / key);
}

// Settings that may be left out: where the default is no larger world. A VM's memory is none of them, nor a duration.
std::vector<Pointer> settings_of(const Json& d) {
  std::vector<Pointer> found;
  add_keys(d, Pointer(), {"mode", "world"}, found);
  add_all(d, Pointer("/engine"), found);
  add_keys(d, Pointer("/topology"), {"mtu"}, found);
  const Pointer hosts("/topology/hosts"), links("/topology/links"), vms("/vms"), events("/events");
  for (const auto& [name, host] : d[hosts].items())
    add_keys(d, hosts / name, {"site", "memory", "cores", "rdma"}, found);
  for (std::size_t i = 0; i < count_links(d); ++i)
    add_keys(d, links / i, {"jitter", "loss", "loss_burst", "duplicate", "reorder", "corrupt", "queue"}, found);
  for (const auto& [name, vm] : d[vms].items()) add_keys(d, vms / name, {"vcpus", "dirty", "image", "content"}, found);
  for (std::size_t i = 0; i < count_events(d); ++i) add_all(d, events / i / "migrate" / "policy", found);
  return found;
}

void erase_at(Json& document, const Pointer& pointer) { document[pointer.parent_pointer()].erase(pointer.back()); }

void erase_if_empty(Json& document, const Pointer& pointer) {
  if (document.contains(pointer) && document[pointer].empty()) erase_at(document, pointer);
}

std::size_t count_settings(const Json& d) { return settings_of(d).size(); }
Json keep_settings(const Json& d, const Subset& kept) {
  Json smaller = d;
  const auto settings = settings_of(d);
  for (std::size_t i = 0; i < settings.size(); ++i)
    if (!std::binary_search(kept.begin(), kept.end(), i)) erase_at(smaller, settings[i]);
  erase_if_empty(smaller, Pointer("/engine"));
  for (std::size_t i = 0; i < count_events(d); ++i)
    erase_if_empty(smaller, Pointer("/events") / i / "migrate" / "policy");
  const Json& hosts = smaller["topology"]["hosts"];
  if (std::none_of(hosts.begin(), hosts.end(), [](const Json& host) { return host.contains("site"); }))
    smaller["topology"].erase("sites");
  return smaller;
}

}  // namespace

const std::vector<PartKind>& part_kinds() {
  static const std::vector<PartKind> kinds{{"faults", count_faults, keep_faults},
                                           {"VMs", count_vms, keep_vms},
                                           {"events", count_events, keep_events},
                                           {"hosts", count_hosts, keep_hosts},
                                           {"switches", count_switches, keep_switches},
                                           {"links", count_links, keep_links},
                                           {"expectations", count_expectations, keep_expectations},
                                           {"settings", count_settings, keep_settings}};
  return kinds;
}

}  // namespace dwcp::scenarios
