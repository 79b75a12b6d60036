#include <nlohmann/json.hpp>

#include "engine/base/units.hpp"
#include "reports/result.hpp"

namespace dwcp::reports {
namespace {

using Json = nlohmann::ordered_json;  // keys stay in the order in which a person wants to read them

// Durations go as seconds, with all nanoseconds: 15 digits suffice for 11 days.
double seconds(Duration d) { return to_seconds(d); }

Json to_json_object(const MigrationResult& m) {
  Json json{
      {"vm", m.vm},
      {"from", m.from},
      {"to", m.to},
      {"outcome", m.outcome},
      {"reason", m.reason},
      {"started_s", seconds(m.started)},
      {"total_time_s", seconds(m.total_time)},
      {"downtime_s", seconds(m.downtime)},
      {"rounds", m.rounds},
      {"throttle_percent", m.throttle_percent},
      {"forced_stop", m.forced_stop},
      {"security", m.security},
      {"bytes_guest", m.bytes_guest.value},
      {"bytes_wire", m.bytes_wire.value},
      {"bytes_resent", m.bytes_resent.value},
      {"wrong_pages", m.wrong_pages},
      {"goodput_bps", m.goodput.value},
      {"path_capacity_bps", m.path_capacity.value},
      {"forecast", {{"downtime_s", seconds(m.downtime_predicted)}, {"downtime_max_s", seconds(m.downtime_wanted)}}}};
  Json classes = Json::object();
  for (const ClassBytes& c : m.classes) classes[c.name] = {{"bytes_in", c.in.value}, {"bytes_out", c.out.value}};
  json["classes"] = std::move(classes);
  return json;
}

MigrationResult migration_of(const Json& json) {
  MigrationResult m;
  m.vm = json.at("vm");
  m.from = json.at("from");
  m.to = json.at("to");
  m.outcome = json.at("outcome");
  m.reason = json.at("reason");
  m.started = from_seconds(json.at("started_s"));
  m.total_time = from_seconds(json.at("total_time_s"));
  m.downtime = from_seconds(json.at("downtime_s"));
  m.downtime_predicted = from_seconds(json.at("forecast").at("downtime_s"));
  m.downtime_wanted = from_seconds(json.at("forecast").at("downtime_max_s"));
  m.rounds = json.at("rounds");
  m.throttle_percent = json.at("throttle_percent");
  m.forced_stop = json.at("forced_stop");
  m.security = json.value("security", "");
  m.bytes_guest = Bytes(json.at("bytes_guest").get<std::uint64_t>());
  m.bytes_wire = Bytes(json.at("bytes_wire").get<std::uint64_t>());
  m.bytes_resent = Bytes(json.at("bytes_resent").get<std::uint64_t>());
  m.wrong_pages = json.at("wrong_pages");
  m.goodput = BitRate(json.at("goodput_bps").get<std::uint64_t>());
  m.path_capacity = BitRate(json.at("path_capacity_bps").get<std::uint64_t>());
  for (const auto& [name, bytes] : json.at("classes").items())
    m.classes.push_back(
        {name, Bytes(bytes.at("bytes_in").get<std::uint64_t>()), Bytes(bytes.at("bytes_out").get<std::uint64_t>())});
  return m;
}

Json to_json_value(const Metric& metric) {
  if (const auto* number = std::get_if<double>(&metric)) {
    const auto whole = whole_number(*number);
    return whole ? Json(*whole) : Json(*number);
  }
  const auto& d = std::get<Distribution>(metric);
  return {{"p50", d.p50}, {"p90", d.p90}, {"p99", d.p99}, {"max", d.max}};
}

Metric metric_of(const Json& json) {
  if (json.is_number()) return json.get<double>();
  return Distribution{json.at("p50"), json.at("p90"), json.at("p99"), json.at("max")};
}

Json to_json_object(const TopologyShown& topology) {
  Json hosts = Json::array(), links = Json::array();
  for (const HostShown& h : topology.hosts) hosts.push_back({{"name", h.name}, {"site", h.site}, {"vms", h.vms}});
  for (const LinkShown& l : topology.links)
    links.push_back({{"name", l.name},
                     {"between", {l.first, l.second}},
                     {"rate_bps", l.rate.value},
                     {"delay_s", seconds(l.delay)},
                     {"jitter_s", seconds(l.jitter)},
                     {"loss", l.loss}});
  return {{"hosts", std::move(hosts)}, {"switches", topology.switches}, {"links", std::move(links)}};
}

TopologyShown topology_of(const Json& json) {
  TopologyShown topology;
  topology.switches = json.at("switches").get<std::vector<std::string>>();
  for (const Json& h : json.at("hosts")) topology.hosts.push_back({h.at("name"), h.at("site"), h.at("vms")});
  for (const Json& l : json.at("links"))
    topology.links.push_back({l.at("name"), l.at("between").at(0), l.at("between").at(1),
                              BitRate(l.at("rate_bps").get<std::uint64_t>()), from_seconds(l.at("delay_s")),
                              from_seconds(l.at("jitter_s")), l.at("loss")});
  return topology;
}

Json to_json_object(const ThresholdResult& t) {
  Json json{{"expr", t.expr}, {"value", t.value ? Json(*t.value) : Json()}, {"ok", t.ok}};
  if (t.bound) json["bound"] = *t.bound;
  return json;
}

ThresholdResult threshold_of(const Json& json) {
  ThresholdResult t{json.at("expr"), std::nullopt, json.at("ok"), std::nullopt};
  if (!json.at("value").is_null()) t.value = json.at("value").get<double>();
  if (json.contains("bound")) t.bound = json.at("bound").get<double>();
  return t;
}

Result result_of(const Json& json) {
  Result r;
  r.scenario = json.at("scenario");
  r.about = json.at("about");
  r.file = json.at("file");
  r.seed = json.at("seed");
  if (json.contains("swept")) r.swept = json.at("swept").get<std::map<std::string, std::string>>();
  r.scenario_hash = json.value("scenario_hash", "");
  r.overrides = json.value("overrides", r.overrides);
  r.commit = json.at("commit");
  r.world = json.at("world");
  r.fidelity = json.value("fidelity", r.fidelity);
  const std::string verdict = json.at("verdict");
  for (const Verdict v : {Verdict::passed, Verdict::failed, Verdict::aborted})
    if (to_string(v) == verdict) r.verdict = v;
  r.reason = json.at("reason");
  r.virtual_time = from_seconds(json.at("virtual_time_s"));
  r.wall_time_s = json.at("wall_time_s");
  r.events = json.at("events");
  r.machine = {json.at("machine").at("processor"), json.at("machine").at("system"), json.at("machine").at("cores")};
  r.versions = json.at("versions").get<std::map<std::string, std::string>>();
  for (const Json& t : json.at("thresholds")) r.thresholds.push_back(threshold_of(t));
  for (const Json& v : json.at("violations"))
    r.violations.push_back({v.at("checker"), from_seconds(v.at("time_s")), v.at("detail")});
  for (const Json& m : json.at("migrations")) r.migrations.push_back(migration_of(m));
  if (json.contains("resident"))
    for (const Json& sample : json.at("resident"))
      r.resident.push_back({from_seconds(sample.at(0)), Bytes(sample.at(1).get<std::uint64_t>())});
  if (json.contains("topology")) r.topology = topology_of(json.at("topology"));
  for (const auto& [name, value] : json.at("metrics").items()) r.metrics.emplace(name, metric_of(value));
  r.reproduce = json.at("reproduce");
  return r;
}

}  // namespace

std::string to_json(const Result& r) {
  Json json{{"schema", result_schema_version},
            {"scenario", r.scenario},
            {"about", r.about},
            {"file", r.file},
            {"seed", r.seed},
            {"commit", r.commit},
            {"world", r.world},
            {"fidelity", r.fidelity},
            {"scenario_hash", r.scenario_hash},
            {"verdict", to_string(r.verdict)},
            {"reason", r.reason},
            {"virtual_time_s", seconds(r.virtual_time)},
            {"wall_time_s", r.wall_time_s},
            {"events", r.events},
            {"machine", {{"processor", r.machine.processor}, {"system", r.machine.system}, {"cores", r.machine.cores}}},
            {"versions", r.versions}};
  if (!r.swept.empty()) json["swept"] = r.swept;
  json["thresholds"] = Json::array();
  for (const ThresholdResult& t : r.thresholds) json["thresholds"].push_back(to_json_object(t));
  json["violations"] = Json::array();
  for (const Violation& v : r.violations)
    json["violations"].push_back({{"checker", v.checker}, {"time_s", seconds(v.time)}, {"detail", v.detail}});
  json["migrations"] = Json::array();
  for (const MigrationResult& m : r.migrations) json["migrations"].push_back(to_json_object(m));
  if (!r.topology.hosts.empty()) json["topology"] = to_json_object(r.topology);
  for (const ResidentSample& sample : r.resident)
    json["resident"].push_back({seconds(sample.time), sample.bytes.value});
  json["metrics"] = Json::object();
  for (const auto& [name, value] : r.metrics) json["metrics"][name] = to_json_value(value);
  if (!r.overrides.empty()) json["overrides"] = r.overrides;
  json["reproduce"] = r.reproduce;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

dwcp::Result<Result> parse_result(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    if (json.at("schema") != result_schema_version)
      return Failure(Errc::version_mismatch, "result.json has schema " + json.at("schema").dump() + ", this reads " +
                                                 std::to_string(result_schema_version));
    return result_of(json);
  } catch (const Json::exception& error) {
    return Failure(Errc::bad_value, std::string("result.json: ") + error.what());
  }
}

}  // namespace dwcp::reports
