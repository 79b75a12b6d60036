// Sessions that find the congestion control that suits their path, in virtual time.
#include <algorithm>
#include <cmath>

#include "engine/amst/congestion_trial.hpp"
#include "tests/simulation/amst/two_nodes.hpp"

namespace dwcp::amst::test {
namespace {

constexpr BitRate link_rate(1'000'000'000);

// One stream over a round trip of 1 ms: by_path begins with CUBIC there.
Stage short_path(double loss) {
  Stage stage;
  stage.links = {{.rate = link_rate, .delay = 500us, .loss = sim::LossOptions::independent(loss)}};
  stage.dialing.congestion = stage.accepting.congestion = CongestionControl::by_path;
  stage.dialing.streams = 1;
  return stage;
}

struct Trial {
  TimePoint time;
  std::string from, to, why, again_during, verdict;
  bool kept = false;
  double before = 0, during = 0;  // bit/s
};

struct Ran {
  std::vector<Trial> trials;
  double late = 0;          // payload bits per second, in the last half
  Stats stats;              // of the sender, at the end of the look
  std::size_t refused = 0;  // how often that was said
  std::uint64_t trace = 0;
};

template <class T>
T field(const platform::Record& record, std::string_view key) {
  for (const platform::Field& field : record.fields)
    if (const T* value = std::get_if<T>(&field.value); value && field.key == key) return *value;
  ADD_FAILURE() << "no " << key;
  return T{};
}

// The left side sends as much as it can for so long.
Ran run(Stage stage, Duration time, std::function<void(TwoNodes&)> meanwhile = {}) {
  TwoNodes nodes(std::move(stage));
  Ran ran;
  nodes.world.set_record_sink([&](const platform::Record& r) {
    nodes.events.push_back({r.time, r.process, std::string(r.name)});
    if (r.name != "amst.congestion") return;
    Trial trial{r.time,
                field<std::string>(r, "from"),
                field<std::string>(r, "to"),
                field<std::string>(r, "why"),
                field<std::string>(r, "again_during"),
                field<std::string>(r, "verdict"),
                field<bool>(r, "kept"),
                static_cast<double>(field<std::uint64_t>(r, "before_bps")),
                static_cast<double>(field<std::uint64_t>(r, "during_bps"))};
    ran.trials.push_back(std::move(trial));
  });
  Sink sink;
  nodes.right(sink.body());
  nodes.left([&](Platform& p, std::shared_ptr<Session> session) -> Task<void> {
    for (std::uint64_t i = 1; p.now() < at_time(time); ++i) {
      std::vector<Slice> chunk = numbered(i, KiB(64));
      co_await session->send({}, std::move(chunk));
    }
    ran.stats = session->stats();
    co_await session->drained();
    co_await session->close();
  });
  if (meanwhile) meanwhile(nodes);
  nodes.finish(time + 60s);
  EXPECT_EQ(sink.repeated + sink.damaged, 0U);
  ran.refused = nodes.count("amst.congestion_refused");
  ran.late = sink.rate(at_time(time / 2), at_time(time));
  ran.trace = nodes.world.trace_hash();
  for (std::size_t i = 0; i < ran.trials.size(); ++i) {
    const Trial& trial = ran.trials[i];
    const auto megabits = [](double rate) { return std::to_string(std::lround(rate / 1e6)); };
    ::testing::Test::RecordProperty("trial_" + std::to_string(i + 1),
                                    trial.from + " to " + trial.to + ", " + trial.why + ", " + megabits(trial.before) +
                                        " to " + megabits(trial.during) + " Mbit/s, then " + trial.again_during + ", " +
                                        trial.verdict);
  }
  ::testing::Test::RecordProperty("late_mbit_per_s", std::to_string(ran.late / 1e6));
  return ran;
}

bool all_run(const Stats& stats, CongestionControl wanted) {
  return std::ranges::all_of(stats.streams,
                             [wanted](const StreamInfo& stream) { return stream.path.congestion == wanted; });
}

TEST(CongestionByPath, ALossOnAShortPathEndsOnBbr) {
  const Ran ran = run(short_path(0.01), 14s);
  ASSERT_EQ(ran.trials.size(), 1U);
  EXPECT_EQ(ran.refused, 0U);
  EXPECT_EQ(ran.trials[0].from, "cubic");
  EXPECT_EQ(ran.trials[0].to, "bbr");
  EXPECT_TRUE(ran.trials[0].kept) << ran.trials[0].verdict;
  EXPECT_LT(ran.trials[0].time, at_time(8s));
  EXPECT_TRUE(all_run(ran.stats, CongestionControl::bbr));
  EXPECT_NE(ran.trials[0].why.find("% sent again"), std::string::npos) << ran.trials[0].why;
  Stage without = short_path(0.01);
  without.dialing.congestion = CongestionControl::cubic;
  const Ran never = run(std::move(without), 14s);
  EXPECT_TRUE(never.trials.empty());
  EXPECT_GT(ran.late, 2 * never.late);
}

TEST(CongestionByPath, ACleanPathTriesNothing) {
  for (const unsigned streams : {1U, 4U}) {
    Stage stage = short_path(0);
    stage.dialing.streams = streams;
    const Ran ran = run(std::move(stage), 16s);
    EXPECT_TRUE(ran.trials.empty()) << ran.trials[0].why;
    EXPECT_GT(ran.late, 0.9 * static_cast<double>(link_rate.value));
    EXPECT_TRUE(all_run(ran.stats, CongestionControl::cubic));
  }
}

// BBR by the round trip, and a queue so short that it loses by its own doing.
Stage long_path(double loss, Duration queue) {
  Stage stage = short_path(loss);
  stage.links[0].rate = BitRate(200'000'000);
  stage.links[0].delay = 10ms;
  stage.links[0].queue_time = queue;
  return stage;
}

TEST(CongestionByPath, WhatDoesNotPayIsLeftForThirtySeconds) {
  const Ran ran = run(long_path(0, 500us), 50s);
  ASSERT_EQ(ran.trials.size(), 2U);
  for (const Trial& trial : ran.trials) {
    EXPECT_EQ(trial.from, "bbr");
    EXPECT_EQ(trial.to, "cubic");
    EXPECT_FALSE(trial.kept);
    EXPECT_EQ(trial.verdict, "it does not pay");
    EXPECT_LT(trial.during, 0.97 * trial.before);
  }
  EXPECT_GE(ran.trials[1].time - ran.trials[0].time, CongestionTrial::rest_first);
  EXPECT_TRUE(all_run(ran.stats, CongestionControl::bbr));
  EXPECT_GT(ran.late, 0.9 * 2e8);
}

TEST(CongestionByPath, BbrStaysWhereTheLossIsThePathsOwn) {
  const Ran ran = run(long_path(0.06, 20ms), 12s);
  ASSERT_EQ(ran.trials.size(), 1U);
  EXPECT_FALSE(ran.trials[0].kept);
  EXPECT_LT(ran.trials[0].during, 0.5 * ran.trials[0].before) << "given up at half time";
  EXPECT_TRUE(all_run(ran.stats, CongestionControl::bbr));
}

TEST(CongestionByPath, CubicIsKeptWhereItCarriesAsMuchAndWastesLess) {
  Stage stage = long_path(0, 8ms);
  stage.dialing.streams = 8;
  const Ran ran = run(std::move(stage), 20s);
  ASSERT_EQ(ran.trials.size(), 1U);
  EXPECT_EQ(ran.trials[0].to, "cubic");
  EXPECT_TRUE(ran.trials[0].kept) << ran.trials[0].verdict;
  EXPECT_TRUE(all_run(ran.stats, CongestionControl::cubic));
  EXPECT_GT(ran.late, 0.9 * 2e8);
}

// A stream that is lost and made anew on the path begins with what its round trip says, and gets what was found.
TEST(CongestionByPath, AStreamThatJoinsLaterGetsWhatWasFound) {
  Stage stage = short_path(0.01);
  stage.dialing.streams = 2;
  stage.links[0].rate = BitRate(2'000'000'000);
  stage.dialing.stream_timeout = 1s;
  std::size_t joined_before = 0;
  const Ran ran = run(std::move(stage), 14s, [&](TwoNodes& nodes) {
    nodes.world.at(at_time(9s), [&] {
      joined_before = nodes.count("amst.stream_joined", "left");
      nodes.links[0]->cut();
    });
    nodes.world.at(at_time(11s), [&] { nodes.links[0]->restore(); });
    nodes.world.at(at_time(13500ms), [&] {
      EXPECT_GT(nodes.count("amst.stream_joined", "left"), joined_before);
      EXPECT_TRUE(all_run(nodes.left_session->stats(), CongestionControl::bbr));
    });
  });
  ASSERT_EQ(ran.trials.size(), 1U);
  EXPECT_TRUE(ran.trials[0].kept) << ran.trials[0].verdict;
}

TEST(CongestionByPath, AnOutageEndsATrialAndTheNextOneFinds) {
  Stage stage = short_path(0.02);
  stage.links[0].rate = BitRate(500'000'000);
  stage.dialing.heartbeat = stage.accepting.heartbeat = 100ms;  // so that it is noticed while the trial runs
  stage.dialing.silence_limit = stage.accepting.silence_limit = 400ms;
  const Ran ran = run(std::move(stage), 50s, [](TwoNodes& nodes) {
    nodes.world.at(at_time(3500ms), [&nodes] { nodes.links[0]->cut(); });
    nodes.world.at(at_time(8s), [&nodes] { nodes.links[0]->restore(); });
  });
  ASSERT_EQ(ran.trials.size(), 2U);
  EXPECT_FALSE(ran.trials[0].kept);
  EXPECT_EQ(ran.trials[0].verdict, "streams came or went, or the path was away");
  EXPECT_TRUE(ran.trials[1].kept) << ran.trials[1].verdict;
  EXPECT_GE(ran.trials[1].time - ran.trials[0].time, CongestionTrial::rest_first);
  EXPECT_TRUE(all_run(ran.stats, CongestionControl::bbr));
}

TEST(CongestionByPath, WhatIsAskedForByNameIsLeftAlone) {
  for (const CongestionControl named : {CongestionControl::cubic, CongestionControl::platform_default}) {
    Stage stage = short_path(0.01);
    stage.dialing.congestion = named;
    const Ran ran = run(std::move(stage), 6s);
    EXPECT_TRUE(ran.trials.empty());
    EXPECT_TRUE(all_run(ran.stats, CongestionControl::cubic));
  }
}

// Said once, and not tried again.
TEST(CongestionByPath, WhatTheHostDoesNotOfferIsLeftAlone) {
  Stage stage = short_path(0.01);
  stage.left_bbr = false;
  stage.links[0].rate = BitRate(500'000'000);
  const Ran ran = run(std::move(stage), 45s);
  EXPECT_EQ(ran.refused, 1U);
  EXPECT_TRUE(ran.trials.empty());
  EXPECT_TRUE(all_run(ran.stats, CongestionControl::cubic));
}

TEST(CongestionByPath, OneSeedTriesInOneWay) {
  const Ran one = run(short_path(0.01), 6s), again = run(short_path(0.01), 6s);
  EXPECT_EQ(one.trials.size(), 1U);
  EXPECT_EQ(one.trace, again.trace);
}

}  // namespace
}  // namespace dwcp::amst::test
