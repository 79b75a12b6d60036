#include "reports/perfetto.hpp"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

namespace dwcp::reports {
namespace {

using Json = nlohmann::json;

constexpr const char* sample_events =
    R"({"time_ns":0,"source":"world","event":"world.process_started","process":"a/agent","life":1}
{"time_ns":1000000,"source":"a/agent","event":"migration.started","vm":"web","epoch":1}
{"time_ns":1500000,"source":"a/agent","event":"amst.session_opened","peer":"b"}
{"time_ns":2000000,"source":"a/agent","event":"amst.stream_joined","peer":"b","index":0,"connection":2}
{"time_ns":2000000,"source":"a/agent","event":"amst.stream_joined","peer":"b","index":1,"connection":3}
{"time_ns":3000000,"source":"a/agent","event":"migration.progress","vm":"web","round":1,"remaining_bytes":100,"goodput_bps":5,"dirty_bps":1}
{"time_ns":4000000,"source":"world","event":"world.link_cut","link":"wan"}
{"time_ns":4500000,"source":"a/agent","event":"amst.stream_lost","peer":"b","index":0,"connection":2,"reason":"reset"}
{"time_ns":5000000,"source":"world","event":"world.link_restored","link":"wan"}
{"time_ns":6000000,"source":"a/agent","event":"migration.progress","vm":"web","round":2,"remaining_bytes":10,"goodput_bps":5,"dirty_bps":1}
{"time_ns":7000000,"source":"a/agent","event":"migration.guest_stopped","vm":"web","round":2}
{"time_ns":7500000,"source":"a/agent","event":"migration.progress","vm":"web","round":2,"remaining_bytes":0,"goodput_bps":5,"dirty_bps":0}
{"time_ns":8000000,"source":"world","event":"guest.changed","host":"b","vm":"web","state":"running"}
{"time_ns":8500000,"source":"world","event":"scenario.fault","what":"kill the agent of a"}
{"time_ns":8800000,"source":"a/agent","event":"amst.suspended","peer":"b"}
{"time_ns":9000000,"source":"a/agent","event":"amst.session_ended","peer":"b","reason":"closed"}
{"time_ns":9500000,"source":"a/agent","event":"migration.ended","vm":"web","completed":true}
)";

Json trace_of(const std::string& events) {
  std::istringstream in(events);
  std::ostringstream out;
  write_perfetto(in, out);
  return Json::parse(out.str()).at("traceEvents");
}

// The slice of that name; empty when there is not exactly one.
Json slice(const Json& trace, const std::string& name) {
  Json found;
  for (const Json& e : trace)
    if (e["ph"] == "X" && e["name"] == name) found = found.is_null() ? e : Json("several");
  return found;
}

TEST(Perfetto, PhasesAreSlicesOnTheMigrationsTrack) {
  const Json trace = trace_of(sample_events);
  const Json migration = slice(trace, "migration"), first = slice(trace, "round 1"),
             stopped = slice(trace, "guest stopped");
  EXPECT_EQ(migration["ts"], 1000.0);
  EXPECT_EQ(migration["dur"], 8500.0);
  EXPECT_EQ(migration["args"]["completed"], true);
  EXPECT_EQ(first["ts"], 3000.0);
  EXPECT_EQ(first["dur"], 3000.0);
  EXPECT_EQ(slice(trace, "round 2")["dur"], 1000.0);
  EXPECT_EQ(stopped["dur"], 1000.0);
  for (const Json& other : {first, stopped}) {
    EXPECT_EQ(other["pid"], migration["pid"]);
    EXPECT_EQ(other["tid"], migration["tid"]);
  }
}

// Viewers draw slices of one track as if the later one lay within the earlier.
TEST(Perfetto, SlicesOfATrackLieWithinEachOther) {
  struct Slice {
    double from, to;
  };
  std::map<std::pair<int, int>, std::vector<Slice>> tracks;
  for (const Json& e : trace_of(sample_events))
    if (e["ph"] == "X")
      tracks[{e["pid"], e["tid"]}].push_back({e["ts"], e["ts"].get<double>() + e["dur"].get<double>()});
  for (const auto& [track, slices] : tracks)
    for (const Slice& one : slices)
      for (const Slice& other : slices)
        EXPECT_FALSE(one.from < other.from && other.from < one.to && one.to < other.to)
            << one.from << " to " << one.to << ", " << other.from << " to " << other.to;
}

TEST(Perfetto, ConnectionsEndByThemselvesOrWithTheirSession) {
  std::vector<double> ends;
  for (const Json& e : trace_of(sample_events))
    if (e["ph"] == "X" && e["name"] == "connection") ends.push_back(e["ts"].get<double>() + e["dur"].get<double>());
  EXPECT_EQ(ends, (std::vector<double>{4500, 9000}));
}

TEST(Perfetto, HostsAreProcessesAndLinksCutsAndFaultsTheWorlds) {
  const Json trace = trace_of(sample_events);
  std::map<std::string, int> processes;
  int faults = 0, counters = 0;
  for (const Json& e : trace) {
    if (e["name"] == "process_name") processes[e["args"]["name"]] = e["pid"];
    faults += e["ph"] == "i" && e["name"] == "kill the agent of a" && e["s"] == "g" ? 1 : 0;
    counters += e["ph"] == "C" ? 1 : 0;
  }
  EXPECT_EQ(processes.size(), 2u);
  EXPECT_EQ(slice(trace, "cut")["dur"], 1000.0);
  EXPECT_EQ(slice(trace, "cut")["pid"], processes.at("world"));
  EXPECT_EQ(slice(trace, "migration")["pid"], processes.at("a"));
  EXPECT_EQ(faults, 1);
  EXPECT_EQ(counters, 9);
  EXPECT_EQ(slice(trace, "runs")["dur"], 9500.0);  // nobody ended it: to the last event
}

TEST(Perfetto, WhatIsNoEventIsNamed) {
  try {
    trace_of("{\"time_ns\":0,\"source\":\"a\",\"event\":\"x\"}\nnonsense\n");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.detail()).find("line 2"), std::string::npos);
  }
}

}  // namespace
}  // namespace dwcp::reports
