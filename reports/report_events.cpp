#include "reports/report_events.hpp"

#include <istream>
#include <map>
#include <set>
#include <string>

#include "engine/base/error.hpp"

namespace dwcp::reports {
namespace {

const std::set<std::string, std::less<>> shown_kinds{"scenario.fault",       "scenario.left_behind",
                                                     "world.link_cut",       "world.link_restored",
                                                     "world.link_rate",      "world.link_delay",
                                                     "world.link_jitter",    "world.link_loss",
                                                     "world.link_disorder",  "world.machine_crashed",
                                                     "world.machine_booted", "world.process_failed",
                                                     "amst.suspended",       "amst.resumed",
                                                     "amst.stream_lost",     "amst.congestion",
                                                     "amst.refused",         "amst.rdma_failed",
                                                     "amst.streams_wanted",  "migration.started",
                                                     "migration.policy",     "migration.guest_stopped",
                                                     "migration.prepared",   "migration.decided",
                                                     "migration.owner",      "migration.settling",
                                                     "migration.refused",    "migration.recovering",
                                                     "migration.ended",      "migration.not_concluded",
                                                     "guest.changed"};

nlohmann::ordered_json shown(const nlohmann::ordered_json& event) {
  nlohmann::ordered_json out{{"t_s", event.at("time_ns").get<double>() / 1e9}};
  for (const auto& [key, value] : event.items())
    if (key != "time_ns") out[key] = value;
  return out;
}

}  // namespace

nlohmann::ordered_json embedded_events(std::istream& events, std::size_t events_max) {
  nlohmann::ordered_json out{{"events", nlohmann::ordered_json::array()},
                             {"left_out", nlohmann::ordered_json::object()}};
  std::map<std::string, unsigned> rounds;
  std::map<std::string, std::size_t> left_out;
  std::string line;
  for (std::size_t number = 1; std::getline(events, line); ++number) {
    if (line.empty()) continue;
    try {
      const auto event = nlohmann::ordered_json::parse(line);
      const std::string kind = event.at("event");
      if (kind == "migration.started") rounds.erase(event.at("vm"));
      const bool begins_round =
          kind == "migration.progress" && event.at("round") != 0 &&
          std::exchange(rounds[event.at("vm")], event.at("round").get<unsigned>()) != event.at("round").get<unsigned>();
      if (!begins_round && !shown_kinds.contains(kind)) continue;
      if (out["events"].size() == events_max)
        ++left_out[kind];
      else
        out["events"].push_back(shown(event));
    } catch (const nlohmann::json::exception& error) {
      throw Error(Errc::bad_value, "line " + std::to_string(number) + " is no event: " + error.what());
    }
  }
  for (const auto& [kind, count] : left_out) out["left_out"][kind] = count;
  return out;
}

}  // namespace dwcp::reports
