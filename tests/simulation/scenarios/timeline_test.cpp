// timeline.json of whole runs: it agrees with what the run says of itself, and follows from the seed.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/simulation/scenarios/run.hpp"

namespace dwcp::scenarios {
namespace {

using nlohmann::json;

class TimelineOfARun : public RunTest {
 protected:
  json timeline() const { return json::parse(content_of(latest() / "timeline.json")); }
  static std::vector<json> series(const json& timeline, const std::string& metric) {
    std::vector<json> all;
    for (const json& one : timeline["series"])
      if (one["metric"] == metric) all.push_back(one);
    return all;
  }
  static double most(const json& series) {
    double value = 0;
    for (const double v : series["v"]) value = std::max(value, v);
    return value;
  }
};

TEST_F(TimelineOfARun, LinksAndStreamsAddUpToWhatWasCarried) {
  ASSERT_EQ(run_scenarios(options({"topology.links.path.jitter=0ms"})), RunOutcome::passed);
  const json t = timeline();
  const auto r = result();
  const double interval = t["interval_s"];
  const auto links = series(t, "link.rate_bps");
  ASSERT_EQ(links.size(), 2u);
  EXPECT_EQ(links[0]["labels"], (json{{"link", "path"}, {"direction", "a->b"}}));
  // Every interval but the last is whole, and in the last one the streams have ended.
  double carried = 0;
  for (const double v : links[0]["v"]) carried += v * interval / 8;
  EXPECT_GT(carried, static_cast<double>(r.migrations[0].bytes_wire.value));
  EXPECT_LT(carried, static_cast<double>(r.migrations[0].bytes_wire.value) * 1.1);
  EXPECT_LE(most(links[0]), 200e6 + 9000 * 8 / interval);  // give or take a packet
  EXPECT_GT(most(links[0]), 100e6);
  EXPECT_EQ(series(t, "stream.rate_bps").size(), 2u);
  const auto goodput = series(t, "migration.goodput_bps");
  ASSERT_EQ(goodput.size(), 1u);
  EXPECT_EQ(goodput[0]["labels"], (json{{"vm", "guest"}}));
  EXPECT_GT(most(goodput[0]), 0);
  for (const json& rtt : series(t, "stream.rtt_s"))
    for (const double v : rtt["v"]) EXPECT_GE(v, 0.008);
}

TEST_F(TimelineOfARun, ACutShowsAsLossAndNothingCarried) {
  ASSERT_EQ(run_scenarios(options({"faults=[{at: 60ms, cut: {link: path, for: 1s}}]"})), RunOutcome::passed);
  const json t = timeline();
  const auto rate = series(t, "link.rate_bps").at(0), loss = series(t, "link.loss").at(0);
  EXPECT_EQ(most(loss), 1);
  for (std::size_t i = 0; i < rate["t_s"].size(); ++i) {
    if (rate["t_s"][i] < 0.08 || rate["t_s"][i] > 1.04) continue;
    EXPECT_EQ(rate["v"][i], 0) << rate["t_s"][i];
  }
}

TEST_F(TimelineOfARun, TheSameSeedGivesTheSameBytes) {
  for (const char* fidelity : {"fidelity=packet", "fidelity=flow"}) {
    run_scenarios(options({fidelity}));
    const std::string first = content_of(latest() / "timeline.json");
    run_scenarios(options({fidelity}));
    EXPECT_EQ(content_of(latest() / "timeline.json"), first);
    EXPECT_FALSE(series(json::parse(first), "link.queue_bytes").empty());
  }
}

TEST_F(TimelineOfARun, ALiveWorldShowsItsMigration) {
  ASSERT_EQ(run_scenarios(options({"world=live", "vms.guest.memory=256MiB"})), RunOutcome::passed);
  const json t = timeline();
  EXPECT_TRUE(series(t, "link.rate_bps").empty());
  ASSERT_EQ(series(t, "migration.goodput_bps").size(), 1u);
  EXPECT_GT(most(series(t, "migration.goodput_bps")[0]), 0);
  EXPECT_FALSE(series(t, "stream.rate_bps").empty());
}

}  // namespace
}  // namespace dwcp::scenarios
