#include "scenarios/runner/aggregate.hpp"

#include <gtest/gtest.h>

#include "scenarios/format/load.hpp"

namespace dwcp::scenarios {
namespace {

using namespace std::chrono_literals;

Link link(std::string a, std::string b, std::uint64_t gigabits) {
  Link made;
  made.name = a + "-" + b;
  made.between = {std::move(a), std::move(b)};
  made.rate = BitRate(gigabits * 1'000'000'000);
  return made;
}

// Two sources and two destinations; the switches are joined by less than the ports carry, and a slow way round.
Topology barbell() {
  Topology t;
  for (const char* name : {"a", "b", "c", "d", "e"}) t.hosts[name] = {};
  t.switches = {"left", "right", "round"};
  t.links = {link("a", "left", 10),    link("b", "left", 10),    link("c", "right", 10),   link("d", "right", 10),
             link("left", "right", 8), link("left", "round", 5), link("round", "right", 1)};
  return t;
}

TEST(Cut, IsTheLeastThatPartsSourcesFromDestinations) {
  const Topology t = barbell();
  EXPECT_EQ(cut_between(t, {"a", "b"}, {"c", "d"}), BitRate(9'000'000'000));
  EXPECT_EQ(cut_between(t, {"a"}, {"b"}), BitRate(10'000'000'000));
  EXPECT_EQ(cut_between(t, {"a"}, {"e"}), BitRate(0));
}

TEST(Cut, HostsPassNothingOn) {
  Topology t = barbell();
  t.links.push_back(link("a", "d", 1));
  t.links.push_back(link("e", "left", 100));
  t.links.push_back(link("e", "right", 100));
  EXPECT_EQ(cut_between(t, {"b"}, {"c"}), BitRate(9'000'000'000));
  EXPECT_EQ(cut_between(t, {"a", "b"}, {"c", "d"}), BitRate(10'000'000'000));
}

reports::MigrationResult moved(std::string from, std::string to, Duration started, Duration took, Bytes wire) {
  reports::MigrationResult m;
  m.from = std::move(from);
  m.to = std::move(to);
  m.outcome = "completed";
  m.started = started;
  m.total_time = took;
  m.bytes_wire = wire;
  return m;
}

TEST(Aggregate, FromTheFirstBeginToTheLastEnd) {
  reports::Result result;
  result.migrations = {moved("a", "c", 1s, 2s, Bytes(1'000'000'000)), moved("b", "d", 2s, 3s, Bytes(1'500'000'000))};
  result.migrations[1].bytes_resent = Bytes(250'000'000);
  add_aggregate_metrics(result, barbell());
  EXPECT_DOUBLE_EQ(*result.metric("migrations.aggregate_goodput_bps"), 2.25e9 * 8 / 4);
  EXPECT_DOUBLE_EQ(*result.metric("migrations.cut_share"), 0.5);
}

TEST(Aggregate, NothingIsSaidWhereAHostIsBothEnds) {
  reports::Result result;
  result.migrations = {moved("a", "c", 1s, 2s, Bytes(1000)), moved("c", "b", 2s, 3s, Bytes(1000))};
  add_aggregate_metrics(result, barbell());
  EXPECT_EQ(result.metrics.count("migrations.cut_share"), 0u);
}

}  // namespace
}  // namespace dwcp::scenarios
