#include "scenarios/format/load.hpp"

#include <gmock/gmock.h>

#include "scenarios/format/table.hpp"

namespace dwcp::scenarios {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr const char* minimal = R"(name: test/minimal
topology:
  hosts: {a: {memory: 1GiB}, b: {memory: 512MiB}, c: {}}
  links:
    - {between: [a, b], rate: 1Gbit/s, delay: 40ms}
vms:
  v: {host: a, memory: 256MiB}
events:
  - at: 1s
    migrate: {vm: v, to: b}
)";

Result<Scenario> read(const std::string& text, const std::vector<std::string>& overrides = {}) {
  auto document = parse_document(text, "test.yaml");
  if (!document) return document.error();
  for (const auto& assignment : overrides)
    if (auto applied = apply_override(*document, assignment); !applied) return applied.error();
  return read_scenario(*document, "test.yaml");
}
// The message of a scenario that must be refused.
std::string refused(const std::string& text, const std::vector<std::string>& overrides = {}) {
  const auto scenario = read(text, overrides);
  if (scenario) return "was accepted";
  EXPECT_EQ(scenario.error().code, make_error_code(Errc::bad_scenario));
  return scenario.error().message();
}
std::string with(const std::string& assignment) { return refused(minimal, {assignment}); }

TEST(Load, WhatATraceSaysIsPartOfTheHash) {
  const auto hashes = [](const std::string& name) {
    const auto file = std::filesystem::path(DWCP_SOURCE_DIR) / "scenarios" / name;
    return std::pair(load_scenario(file).value().hash, load_document(file).value().hash);
  };
  const auto [plain, of_file] = hashes("internet/first-migration.yaml");
  EXPECT_EQ(plain, of_file);
  const auto [traced, of_traced_file] = hashes("internet/train-4g.yaml");
  EXPECT_NE(traced, of_traced_file);
}

TEST(Load, ReadsWhatIsWrittenAndDefaultsTheRest) {
  const Scenario s = read(minimal).value();
  EXPECT_EQ(s.name, "test/minimal");
  EXPECT_EQ(s.seed, 1u);
  EXPECT_EQ(s.topology.links.at(0).delay, 40ms);
  EXPECT_EQ(s.topology.links.at(0).rate, BitRate(1'000'000'000));
  EXPECT_EQ(s.topology.links.at(0).name, "a--b");
  EXPECT_EQ(s.vms.at("v").memory, MiB(256));
  EXPECT_EQ(s.events.at(0).migrate->to, "b");
  EXPECT_EQ(s.events.at(0).migrate->policy.downtime, 300ms);
  EXPECT_EQ(s.world, WorldKind::sim);
}

TEST(Load, TakesTheShortForms) {
  const Scenario s = read(std::string(minimal) + R"(faults:
  - {at: 2s, cut: a--b}
  - {at: 3s, kill: {host: b, restart_after: 1s}}
  - {at: 4s, crash: a}
expect:
  - migrations.completed == 1
  - {that: migration.downtime_s < 300ms, abort: true, after: 5s}
)")
                         .value();
  EXPECT_EQ(s.faults.at(0).cut->link, "a--b");
  EXPECT_FALSE(s.faults.at(0).cut->lasting);
  EXPECT_EQ(s.faults.at(1).kill->restart_after, 1s);
  EXPECT_EQ(s.faults.at(2).crash->host, "a");
  EXPECT_EQ(s.expect.at(0).threshold.metric, "migrations.completed");
  EXPECT_TRUE(s.expect.at(1).abort);
  EXPECT_DOUBLE_EQ(s.expect.at(1).threshold.bound, 0.3);
}

TEST(Load, AGuestsWritesAreAMix) {
  const auto mixed = [](const std::string& mix) {
    return std::vector<std::string>{"vms.v.dirty={pattern: constant, rate: 1MB/s, writes: " + mix + "}"};
  };
  const auto loaded = read(minimal, mixed("{text: 60%, freed: 40%}"));
  const auto& writes = loaded.value().vms.at("v").dirty.writes;
  ASSERT_TRUE(writes);
  EXPECT_DOUBLE_EQ(writes->text.value, 0.6);
  EXPECT_DOUBLE_EQ(writes->freed.value, 0.4);
  EXPECT_DOUBLE_EQ(writes->counters.value, 0);
  EXPECT_THAT(refused(minimal, mixed("{text: 60%}")), HasSubstr("the shares sum to 60% instead of 100%"));
}

TEST(Load, AHostIsShortOfMemory) {
  const std::string faults =
      "faults:\n  - {at: 2s, memory: {host: a}}\n  - {at: 3s, memory: {host: a, left: 8MiB, for: 1s}}\n";
  const auto loaded = read(std::string(minimal) + faults);
  const Scenario& s = loaded.value();
  EXPECT_EQ(s.faults.at(0).memory->left, Bytes(0));
  EXPECT_FALSE(s.faults.at(0).memory->lasting);
  EXPECT_EQ(s.faults.at(1).memory->left, MiB(8));
  EXPECT_EQ(s.faults.at(1).memory->lasting, 1s);
  EXPECT_THAT(refused(std::string(minimal) + "faults:\n  - {at: 2s, memory: {host: nowhere}}\n"), HasSubstr("nowhere"));
}

TEST(Load, HostsHaveRdmaWhereTheyAreSaidToAndItFailsThere) {
  const std::string faults = "faults:\n  - {at: 2s, rdma_down: a}\n  - {at: 3s, rdma_down: {host: a, for: 1s}}\n";
  EXPECT_FALSE(read(minimal).value().topology.hosts.at("a").rdma);
  const auto loaded = read(std::string(minimal) + faults, {"topology.hosts.a.rdma=true"});
  const Scenario& s = loaded.value();
  EXPECT_TRUE(s.topology.hosts.at("a").rdma);
  EXPECT_EQ(s.faults.at(0).rdma_down->host, "a");
  EXPECT_FALSE(s.faults.at(0).rdma_down->lasting);
  EXPECT_EQ(s.faults.at(1).rdma_down->lasting, 1s);
  EXPECT_THAT(refused(std::string(minimal) + faults), HasSubstr("host 'a' has no RDMA adapter to fail"));
}

TEST(Load, AFlowWorldHasNoRdma) {
  EXPECT_EQ(read(minimal).value().fidelity, Fidelity::packet);
  EXPECT_EQ(read(minimal, {"fidelity=flow"}).value().fidelity, Fidelity::flow);
  EXPECT_THAT(refused(minimal, {"fidelity=flow", "topology.hosts.a.rdma=true"}),
              HasSubstr("host 'a' has rdma: true, which fidelity: flow cannot carry"));
  EXPECT_THAT(with("fidelity=fluid"), HasSubstr("expected one of packet, flow, got 'fluid'"));
}

TEST(Load, UnknownKeysSuggestTheNearest) {
  EXPECT_THAT(refused("name: x\ntopolgy: {}\nvms: {}\n"),
              AllOf(HasSubstr("test.yaml:2:1: topolgy: unknown key; did you mean 'topology'?"),
                    HasSubstr("'topology' is missing")));
  EXPECT_THAT(with("engine.strems=3"), HasSubstr("did you mean 'streams'?"));
  EXPECT_THAT(with("engine.xyzzy=3"), HasSubstr("unknown key; known here: streams,"));
  EXPECT_THAT(
      refused(std::string(minimal) + "mode: intrenet\n"),
      HasSubstr("test.yaml:11:1: mode: expected one of auto, datacenter, internet, hybrid, got 'intrenet'; did you "
                "mean 'internet'?"));
}

TEST(Load, UnitsAreWritten) {
  std::string text(minimal);
  text.replace(text.find("40ms"), 4, "40");
  EXPECT_THAT(refused(text),
              HasSubstr("test.yaml:5:40: topology.links.0.delay: expected a duration with a unit (ns, us, "
                        "ms, s, min, h) such as 40ms, got the bare number 40"));
  EXPECT_THAT(with("topology.links.0.rate=1Gbps"), AllOf(HasSubstr("unknown unit 'Gbps'"), HasSubstr("Gbit/s")));
  EXPECT_THAT(with("topology.links.0.loss=120%"), HasSubstr("is not between 0% and 100%"));
  EXPECT_THAT(with("topology.links.0.loss=0.01"), HasSubstr("got the bare number 0.01"));
  EXPECT_THAT(with("vms.v.memory=99999999TiB"), HasSubstr("is too large"));
  EXPECT_THAT(with("vms.v.memory=-1GiB"), HasSubstr("is not a number with a unit"));
}

TEST(Load, KindsAndRangesAreChecked) {
  EXPECT_THAT(with("engine.streams=65"), HasSubstr("expected a whole number from 1 to 64, got 65"));
  EXPECT_THAT(with("engine.streams=1.5"), HasSubstr("expected a whole number from 1 to 64, got 1.5"));
  EXPECT_THAT(with("engine.compress=maybe"), HasSubstr("expected true or false, got 'maybe'"));
  EXPECT_THAT(with("topology=7"), HasSubstr("expected a mapping, got 7"));
  EXPECT_THAT(with("events=7"), HasSubstr("expected a list, got 7"));
  EXPECT_THAT(with("seed=-1"), HasSubstr("expected a whole number of at least 0, got -1"));
  EXPECT_THAT(refused(std::string(minimal) + "faults:\n  - {at: 1s, cut: a--b, kill: a}\n"),
              HasSubstr("test.yaml:12:5: faults.0: expected exactly one of cut, flap"));
  EXPECT_THAT(with("topology.links.0.between=[a]"), HasSubstr("expected at least 2, got 1"));
}

TEST(Load, ImpossibleWorldsAreRefused) {
  EXPECT_THAT(with("vms.v.host=z"), HasSubstr("there is no host 'z'; there are: a, b, c"));
  EXPECT_THAT(with("topology.links.0.between=[a, q]"), HasSubstr("there is no host or switch 'q'"));
  EXPECT_THAT(with("topology.links.0.between=[a, a]"), HasSubstr("two different machines, got 'a' twice"));
  EXPECT_THAT(with("vms.v.memory=2GiB"), HasSubstr("VM 'v' does not fit: the VMs on host 'a' take 2 GiB of its 1 GiB"));
  EXPECT_THAT(with("vms.v.memory=768MiB"), HasSubstr("VM 'v' (768 MiB) is larger than host 'b' (512 MiB)"));
  EXPECT_THAT(with("events.0.migrate.to=c"), HasSubstr("host 'c' is unreachable from 'a': no links lead there"));
  EXPECT_THAT(with("events.0.migrate.to=a"), HasSubstr("is on host 'a' already"));
  EXPECT_THAT(with("events.0.migrate.vm=w"), HasSubstr("there is no VM 'w'; there are: v"));
  EXPECT_THAT(with("events.0.at=1h"), HasSubstr("is not before the end of the run"));
  EXPECT_THAT(with("vms.v.content.zero=90%"), HasSubstr("the shares sum to 160% instead of 100%"));
  EXPECT_THAT(with("topology.links.0.name=b"), HasSubstr("a host or switch is named 'b' too"));
  EXPECT_THAT(with("topology.mtu=1GiB"), HasSubstr("the MTU must be from 576 B to 65000 B"));
  EXPECT_THAT(with("topology.links.0.rate=0bit/s"), HasSubstr("must be above 0"));
  EXPECT_THAT(refused(std::string(minimal) + "faults:\n  - {at: 1s, cut: b--a}\n"),
              HasSubstr("test.yaml:12:14: there is no link 'b--a'; did you mean 'a--b'?"));
  EXPECT_THAT(refused(std::string(minimal) + "faults:\n  - {cut: a--b}\n"), HasSubstr("'at' is missing"));
}

TEST(Load, ThresholdsAreOnMetricsThatExist) {
  const auto expecting = [](const std::string& that) {
    return refused(std::string(minimal) + "expect:\n  - " + that + "\n");
  };
  EXPECT_THAT(expecting("amst.link_utilization >= 0.5"),
              HasSubstr("test.yaml:12:5: expect: no run yields the metric 'amst.link_utilization'; did you mean "
                        "'amst.link_utilisation'?"));
  EXPECT_THAT(expecting("vms.lost"), HasSubstr("'vms.lost' compares nothing"));
}

TEST(Load, AllProblemsAreNamedAtOnce) {
  EXPECT_THAT(refused(minimal, {"vms.v.host=z", "vms.v.memory=5B", "events.0.migrate.to=q"}),
              AllOf(HasSubstr("host 'z'"), HasSubstr("multiple of 4 KiB"), HasSubstr("host 'q'")));
}

TEST(Load, ALaterMigrationBeginsWhereTheEarlierEnds) {
  const std::string back = std::string(minimal) + "  - {at: 60s, migrate: {vm: v, to: a}}\n";
  EXPECT_TRUE(read(back)) << read(back).error().message();
}

// The wording comes from the shapes; editors have only the schema. What one refuses, the other must.
TEST(Load, SchemaAndShapesAgree) {
  const std::vector<std::string> wrong{"engine.strems=3",
                                       "topology.links.0.delay=40",
                                       "topology.links.0.rate=1Gbps",
                                       "engine.streams=65",
                                       "engine.streams=1.5",
                                       "engine.compress=maybe",
                                       "topology=7",
                                       "events=7",
                                       "mode=intrenet",
                                       "seed=-1",
                                       "vms={}",
                                       "topology.links.0.between=[a]",
                                       "events.0.cancel=v",
                                       "vms.v.memory=-1GiB",
                                       "topology.links.0.loss=0.01",
                                       "faults=[{at: 1s}]",
                                       "expect=[{abort: true}]",
                                       "topology.mtu=9000"};
  for (const auto& assignment : wrong) {
    auto document = parse_document(minimal, "test.yaml").value();
    ASSERT_TRUE(apply_override(document, assignment));
    EXPECT_FALSE(problems_of(document, scenario_shape()).empty()) << assignment;
    EXPECT_FALSE(problems_by_schema(document).empty()) << assignment;
  }
  const auto right = parse_document(minimal, "test.yaml").value();
  EXPECT_TRUE(problems_of(right, scenario_shape()).empty());
  EXPECT_TRUE(problems_by_schema(right).empty());
}

TEST(Load, ShippedScenariosAreValid) {
  unsigned count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(DWCP_SOURCE_DIR "/scenarios")) {
    if (entry.path().extension() != ".yaml" || entry.path().parent_path().filename() == "common") continue;
    const auto scenario = load_scenario(entry.path());
    EXPECT_TRUE(scenario) << entry.path() << ": " << scenario.error().message();
    if (!scenario) continue;
    EXPECT_EQ(scenario->name + ".yaml", std::filesystem::relative(entry.path(), DWCP_SOURCE_DIR "/scenarios").string());
    ++count;
  }
  EXPECT_GE(count, 8u);
}

}  // namespace
}  // namespace dwcp::scenarios
