#include "scenarios/explore/values.hpp"

#include <algorithm>

#include "scenarios/explore/concrete.hpp"
#include "scenarios/explore/quantities.hpp"
#include "scenarios/runner/fault_plan.hpp"

namespace dwcp::scenarios {
namespace {

using namespace std::chrono_literals;

using Place = Json::json_pointer;

constexpr std::uint64_t outage_floor_ns = 1'000'000;  // 1 ms, the least that random faults draw
constexpr std::uint64_t dirty_floor_bps = 100'000;

Json with(const Json& document, const Place& place, Json value) {
  Json changed = document;
  changed[place] = std::move(value);
  return changed;
}

// What stands there as a quantity; nothing when there is none.
template <class T>
std::optional<T> quantity_at(const Json& document, const Place& place) {
  if (!document.contains(place)) return std::nullopt;
  return Binding<T>::read(document[place]);
}

// ---- VMs
std::vector<Json> smaller_memory(const Json& document, const Place& vm) {
  const Bytes memory = quantity_at<Bytes>(document, vm / "memory").value_or(Vm().memory);
  std::vector<Json> documents;
  for (std::uint64_t size : smaller_values(memory.value, memory_floor)) {
    size -= size % memory_floor;
    documents.push_back(with(document, vm / "memory", exact_text(Bytes(size))));
  }
  documents.erase(std::unique(documents.begin(), documents.end()), documents.end());
  return documents;
}

std::vector<Json> less_dirtying(const Json& document, const Place& vm) {
  std::vector<Json> documents;
  const Place dirty = vm / "dirty", pattern = dirty / "pattern", rate = dirty / "rate";
  if (!document.contains(pattern)) return documents;
  const Json constant = Binding<DirtyPattern>::show(DirtyPattern::constant);
  if (document[pattern] != constant && document[pattern] != Json(Binding<DirtyPattern>::show(DirtyPattern::none)))
    documents.push_back(with(document, pattern, constant));
  if (const auto now = quantity_at<BitRate>(document, rate))
    for (std::uint64_t less : smaller_values(now->value, dirty_floor_bps)) {
      less -= less % dirty_floor_bps;
      documents.push_back(with(document, rate, exact_text(BitRate(less))));
    }
  return documents;
}

// ---- duration
std::vector<Json> shorter_run(const Json& document) {
  const auto scenario = scenario_of(document, {});
  if (!scenario) return {};
  Duration last{0};
  for (const Event& event : scenario->events) last = std::max(last, event.at);
  for (const FaultAction& action : plan_faults(*scenario, scenario->seed)) last = std::max(last, action.at);
  const Duration enough = (last + 999ms) / 1s * 1s + std::chrono::seconds(settle_seconds);
  if (enough >= scenario->duration) return {};
  return {with(document, Place("/duration"), exact_text(enough))};
}

// ---- faults
void add_shorter(const Json& document, const Place& place, std::vector<Json>& documents) {
  const auto now = quantity_at<Duration>(document, place);
  if (!now) return;
  std::vector<Duration> shorter;
  for (const std::uint64_t ns : smaller_values(static_cast<std::uint64_t>(now->count()), outage_floor_ns))
    shorter.emplace_back(static_cast<std::int64_t>(ns - ns % outage_floor_ns));
  for (const Duration round : rounder_durations(*now)) shorter.push_back(round);
  for (const Duration duration : shorter) documents.push_back(with(document, place, exact_text(duration)));
}

void add_single_links(const Json& document, const Place& link, std::vector<Json>& documents) {
  if (!document.contains(link) || document[link] != Json("all")) return;
  const Json& links = document["topology"]["links"];
  for (const Json& one : links) documents.push_back(with(document, link, one["name"]));
}

// A flap's first outage, or all of it as one; then fewer of them.
void add_less_flapping(const Json& document, const Place& fault, std::vector<Json>& documents) {
  const Place place = fault / "flap";
  if (!document.contains(place)) return;
  const FlapFault usual;
  const auto down = quantity_at<Duration>(document, place / "down").value_or(usual.down);
  const auto up = quantity_at<Duration>(document, place / "up").value_or(usual.up);
  const unsigned times = document[place].value("times", usual.times);
  for (const Duration lasting : {down, (down + up) * times - up}) {
    Json cut = document;
    cut[fault].erase("flap");
    cut[fault]["cut"] = {{"link", document[place]["link"]}, {"for", exact_text(lasting)}};
    documents.push_back(std::move(cut));
  }
  for (unsigned fewer = 1; fewer < times; fewer *= 2) documents.push_back(with(document, place / "times", fewer));
}

// A partition with one node less on its side.
void add_smaller_partitions(const Json& document, const Place& nodes, std::vector<Json>& documents) {
  if (!document.contains(nodes) || document[nodes].size() < 2) return;
  for (std::size_t i = 0; i < document[nodes].size(); ++i) {
    Json fewer = document[nodes];
    fewer.erase(i);
    documents.push_back(with(document, nodes, std::move(fewer)));
  }
}

// A crash loses what was not synced besides ending the agent.
void add_kill_for_crash(const Json& document, const Place& fault, std::vector<Json>& documents) {
  if (!document.contains(fault / "crash")) return;
  Json killed = document;
  killed[fault].erase("crash");
  killed[fault]["kill"] = document[fault / "crash"];
  documents.push_back(std::move(killed));
}

std::vector<Json> simpler_fault(const Json& document, const Place& fault) {
  std::vector<Json> documents;
  add_less_flapping(document, fault, documents);
  add_kill_for_crash(document, fault, documents);
  add_smaller_partitions(document, fault / "partition" / "nodes", documents);
  for (const char* kind : {"cut", "flap", "change"}) add_single_links(document, fault / kind / "link", documents);
  for (const char* length : {"cut/for", "flap/down", "flap/up", "kill/restart_after", "crash/restart_after",
                             "rdma_down/for", "partition/for", "memory/for"})
    add_shorter(document, fault / Place(std::string("/") + length), documents);
  if (const auto at = quantity_at<Duration>(document, fault / "at"))
    for (const Duration round : rounder_durations(*at))
      documents.push_back(with(document, fault / "at", exact_text(round)));
  return documents;
}

// A person reads them in order of time.
std::vector<Json> faults_in_order(const Json& document) {
  if (!document.contains("faults")) return {};
  std::vector<Json> faults = document["faults"];
  const auto time_of = [](const Json& fault) {
    return quantity_at<Duration>(fault, Place("/at")).value_or(Duration(0));
  };
  std::stable_sort(faults.begin(), faults.end(), [&](const Json& a, const Json& b) { return time_of(a) < time_of(b); });
  Json sorted = with(document, Place("/faults"), faults);
  if (sorted == document) return {};
  return {std::move(sorted)};
}

}  // namespace

std::vector<ValueStep> value_steps(const Json& document, bool shorten) {
  std::vector<ValueStep> steps;
  for (const auto& [name, vm] : document["vms"].items()) {
    const Place place = Place("/vms") / name;
    steps.push_back({"memory of " + name, [place](const Json& d) { return smaller_memory(d, place); }});
  }
  if (shorten) steps.push_back({"duration", shorter_run});
  const std::size_t faults = document.contains("faults") ? document["faults"].size() : 0;
  for (std::size_t i = 0; i < faults; ++i) {
    const Place place = Place("/faults") / i;
    steps.push_back({"fault " + std::to_string(i + 1), [place](const Json& d) { return simpler_fault(d, place); }});
  }
  steps.push_back({"order of faults", faults_in_order});
  for (const auto& [name, vm] : document["vms"].items()) {
    const Place place = Place("/vms") / name;
    steps.push_back({"dirtying of " + name, [place](const Json& d) { return less_dirtying(d, place); }});
  }
  return steps;
}

}  // namespace dwcp::scenarios
