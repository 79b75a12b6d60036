// Sessions that find the congestion control that suits their path, in virtual time.
#include <algorithm>

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
  std::string from, to, why, verdict;
  bool kept = false;
  double before = 0, during = 0;  // bit/s
};

struct Ran {
  std::vector<Trial> trials;
  double early = 0, late = 0;  // payload bits per second before the first trial can be, and in the last half
  Stats stats;                 // of the sender, at the end of the look
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
  EXPECT_EQ(nodes.count("amst.congestion_refused"), 0U);
  ran.early = sink.rate(at_time(1s), at_time(3s));
  ran.late = sink.rate(at_time(time / 2), at_time(time));
  ran.trace = nodes.world.trace_hash();
  ::testing::Test::RecordProperty("early_mbit_per_s", std::to_string(ran.early / 1e6));
  ::testing::Test::RecordProperty("late_mbit_per_s", std::to_string(ran.late / 1e6));
  return ran;
}

bool all_run(const Stats& stats, CongestionControl wanted) {
  return std::ranges::all_of(stats.streams,
                             [wanted](const StreamInfo& stream) { return stream.path.congestion == wanted; });
}

TEST(CongestionByPath, ALossOnAShortPathEndsOnBbr) {
  const Ran ran = run(short_path(0.01), 20s);
  ASSERT_EQ(ran.trials.size(), 1U);
  EXPECT_EQ(ran.trials[0].from, "cubic");
  EXPECT_EQ(ran.trials[0].to, "bbr");
  EXPECT_TRUE(ran.trials[0].kept) << ran.trials[0].verdict;
  EXPECT_LT(ran.trials[0].time, at_time(8s));
  EXPECT_TRUE(all_run(ran.stats, CongestionControl::bbr));
  Stage without = short_path(0.01);
  without.dialing.congestion = CongestionControl::cubic;
  const Ran never = run(std::move(without), 20s);
  EXPECT_TRUE(never.trials.empty());
  EXPECT_GT(ran.late, 1.3 * never.late);
  std::printf("with %g without %g; before %g during %g %s\n", ran.late / 1e6, never.late / 1e6, ran.trials[0].before / 1e6, ran.trials[0].during / 1e6, ran.trials[0].why.c_str());
}

TEST(CongestionByPath, ACleanPathTriesNothing) {
  for (const unsigned streams : {1U, 4U}) {
    Stage stage = short_path(0);
    stage.dialing.streams = streams;
    const Ran ran = run(std::move(stage), 40s);
    EXPECT_TRUE(ran.trials.empty()) << ran.trials[0].why;
    EXPECT_GT(ran.late, 0.9 * static_cast<double>(link_rate.value));
    EXPECT_TRUE(all_run(ran.stats, CongestionControl::cubic));
  }
}

TEST(CongestionByPath, Explore) {
  for (const double rate : {1e9, 1e8})
  for (const Duration queue : {Duration(250us), Duration(1ms), Duration(2ms)})
  for (const unsigned streams : {1U, 4U})
  for (const double loss : {0.0, 0.001}) {
    Stage stage = short_path(loss);
    stage.dialing.streams = streams;
    stage.links[0].rate = BitRate(static_cast<std::uint64_t>(rate));
    stage.links[0].queue_time = queue;
    const Ran ran = run(std::move(stage), 12s);
    std::printf("rate %g queue %s streams %u loss %g: late %g", rate, dwcp::to_string(queue).c_str(), streams, loss, ran.late/1e6);
    for (auto& t : ran.trials) std::printf(" | %s>%s %s %g->%g %s at %g", t.from.c_str(), t.to.c_str(), t.why.c_str(), t.before/1e6, t.during/1e6, t.verdict.c_str(), to_seconds(t.time.time_since_epoch()));
    std::printf("\n");
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace dwcp::amst::test
