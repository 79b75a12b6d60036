// The result of one run: what result.json holds. Keys are stable; new ones may be added.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/base/units.hpp"

namespace dwcp::reports {

constexpr int result_schema_version = 1;

enum class Verdict { passed, failed, aborted };
std::string_view to_string(Verdict);

struct ThresholdResult {
  std::string expr;
  std::optional<double> value;  // nothing: the run did not yield the metric, so it does not hold
  bool ok = false;
  std::optional<double> bound = {};  // what `expr` compares with, in the metric's unit
};

// Something that must never happen, and did.
struct Violation {
  std::string checker;
  Duration time{0};  // since the beginning
  std::string detail;
};

// Guest memory that was sent in one class of encoding, and what it became.
struct ClassBytes {
  std::string name;
  Bytes in{0}, out{0};
};

struct MigrationResult {
  std::string vm, from, to;
  std::string outcome;   // "completed", "rolled_back", "undecided", "unfinished"
  std::string reason;    // why, unless completed
  std::string security;  // of the session; empty: there was none
  Duration started{0};   // since the beginning
  Duration total_time{0}, downtime{0}, downtime_predicted{0}, downtime_wanted{0};
  unsigned rounds = 0, throttle_percent = 0;
  bool forced_stop = false;
  Bytes bytes_guest{0}, bytes_wire{0}, bytes_resent{0};
  std::uint64_t wrong_pages = 0;
  BitRate goodput{0};        // bytes acknowledged, each once, over the time of the transfer
  BitRate path_capacity{0};  // what the paths carry as TCP payload; 0: unknown
  std::vector<ClassBytes> classes;

  double utilisation() const;  // 0 when the capacity is unknown
};

struct Distribution {
  double p50 = 0, p90 = 0, p99 = 0, max = 0;
};
// Percentiles by the nearest rank. Precondition: not empty.
Distribution distribution_of(std::vector<double> values);

using Metric = std::variant<double, Distribution>;

// The world as the scenario describes it, before any fault.
struct HostShown {
  std::string name, site;        // site: may be empty
  std::vector<std::string> vms;  // that begin here
};
struct LinkShown {
  std::string name, first, second;
  BitRate rate{0};
  Duration delay{0}, jitter{0};
  double loss = 0;  // 0..1
};
struct TopologyShown {
  std::vector<HostShown> hosts;
  std::vector<std::string> switches;
  std::vector<LinkShown> links;
};

struct Machine {
  std::string processor, system;
  unsigned cores = 0;
};

// Memory of the process that simulates.
struct ResidentSample {
  Duration time{0};  // in the world
  Bytes bytes{0};
};

struct Result {
  std::string scenario, about, file, commit, world;
  std::string fidelity = "packet";  // of a simulated world; "flow" is an approximation
  std::uint64_t seed = 0;
  std::map<std::string, std::string> swept;  // what a sweep gave this run, by key
  std::string scenario_hash;                 // of what the file and its includes say of the world; empty: unknown
  std::vector<std::string> overrides;        // "key=value", as they were given with --set
  Verdict verdict = Verdict::passed;
  std::string reason;  // of an abort
  Duration virtual_time{0};
  double wall_time_s = 0;
  std::uint64_t events = 0;  // of the simulator; 0 in the live world
  Machine machine;
  std::map<std::string, std::string> versions;
  std::vector<ThresholdResult> thresholds;
  std::vector<Violation> violations;
  std::vector<MigrationResult> migrations;
  TopologyShown topology;                // empty in results of old
  std::vector<ResidentSample> resident;  // each hour of the world; empty in shorter runs and live worlds
  std::map<std::string, Metric> metrics;
  std::string reproduce;  // the command that runs this again

  // "a.b", or "a.b.p90" for one figure of a distribution.
  std::optional<double> metric(const std::string& name) const;
  bool thresholds_hold() const;
};

// The machine that this runs on.
Machine this_machine();

// result.json, indented, with a line break at its end; and back (for summaries of many runs).
std::string to_json(const Result& result);
dwcp::Result<Result> parse_result(std::string_view json);

// junit.xml of one run: one test case per threshold and checker, or one for the run when there are none.
std::string to_junit(const Result& result);

}  // namespace dwcp::reports
