#include "engine/migration/convergence.hpp"

#include <gtest/gtest.h>

namespace dwcp::migration {
namespace {

using namespace std::chrono_literals;

// A path that acknowledges at `rate`, looked at every 100 ms, with half of each dirty byte on the wire.
class Path {
 public:
  Path(Convergence& convergence, BitRate rate) : convergence_(convergence), rate_(rate) {}

  Decision look(unsigned rounds, Bytes remaining, BitRate dirty_rate, unsigned throttle = 0) {
    m_.time += 100ms;
    m_.wire_bytes_acked += bytes_in(100ms, rate_);
    m_.wire_bytes_made = m_.wire_bytes_acked;
    m_.guest_bytes_read = m_.wire_bytes_made * 2;
    m_.rounds = rounds;
    m_.link = rate_;
    m_.remaining = remaining;
    m_.dirty_rate = dirty_rate;
    m_.throttle_percent = throttle;
    return convergence_.decide(m_);
  }

 private:
  Convergence& convergence_;
  BitRate rate_;
  Measurement m_{.time = TimePoint{}, .rtt = 20ms};
};

TEST(Convergence, SaysOnceThatPathAndHypervisorsAloneTakeTheDowntime) {
  Convergence c(Policy{.downtime_max = 30ms}, 15ms);  // and 1.5 x 20 ms
  Path path(c, BitRate(1'000'000'000));
  const Decision first = path.look(1, MiB(1), BitRate(0));
  EXPECT_NE(first.reason.find("round trips and the hypervisors alone take 45 ms"), std::string::npos) << first.reason;
  const Decision second = path.look(1, MiB(1), BitRate(0));
  EXPECT_EQ(second.reason, "");
  EXPECT_NEAR(static_cast<double>(second.switchover_limit.value), 0.03 * 250e6, 1e3);  // still moves on
}

TEST(Convergence, LimitIsWhatFitsIntoTheDowntime) {
  Convergence c(Policy{.downtime_max = 300ms}, 15ms);
  Path path(c, BitRate(800'000'000));  // 100 MB/s on the wire, 200 MB/s of guest memory
  path.look(1, MiB(64), BitRate(0));
  const Decision d = path.look(1, MiB(64), BitRate(0));
  EXPECT_EQ(d.goodput, BitRate(800'000'000));
  // 300 ms - 15 ms - 1.5 x 20 ms = 255 ms at 200 MB/s
  EXPECT_NEAR(static_cast<double>(d.switchover_limit.value), 51e6, 1e3);
  EXPECT_NEAR(to_seconds(d.downtime_predicted), 0.045 + static_cast<double>(MiB(64).value) / 200e6, 1e-3);
  // Until it can begin, the line fills up.
  EXPECT_NEAR(to_seconds(d.downtime_at_limit), 0.34, 1e-3);
}

// A measurement of a path of 100 MB/s and 100 ms, of which `under_way` is unacknowledged.
Measurement wide_area(Bytes under_way) {
  Measurement m{.time = TimePoint{}, .rounds = 2, .link = BitRate(800'000'000), .rtt = 190ms, .rtt_min = 100ms};
  m.wire_bytes_acked = MiB(64);
  m.wire_bytes_made = m.wire_bytes_acked + under_way;
  m.guest_bytes_read = m.wire_bytes_made;
  return m;
}

TEST(Convergence, QueuesThatAreEmptyAtTheStopAreNotForecast) {
  Convergence c(Policy{}, 15ms);
  const Decision d = c.decide(wide_area(KiB(64)));
  EXPECT_NEAR(to_seconds(d.downtime_predicted), 0.165, 1e-3);  // 15 + 1.5 x 100 ms
  EXPECT_EQ(d.way_and_back, Duration(100ms));
  EXPECT_GT(d.switchover_limit, Bytes(0));
}

TEST(Convergence, WaitsForALineThatEmptiesAndForNoOther) {
  Convergence c(Policy{.downtime_max = 1s}, 15ms);
  Measurement m = wide_area(MiB(30));
  c.decide(m);
  Decision d;
  for (int look = 0; look < 4; ++look) {  // 80 MB/s are acknowledged, and nothing is added
    m.time += 50ms;
    m.wire_bytes_acked += Bytes(4'000'000);
    d = c.decide(m);
  }
  EXPECT_EQ(d.switchover_limit, Bytes(0));
  for (int look = 0; look < 10; ++look) {  // as much is added
    m.time += 50ms;
    m.wire_bytes_acked += Bytes(4'000'000);
    m.wire_bytes_made += Bytes(4'000'000);
    d = c.decide(m);
  }
  EXPECT_GT(d.switchover_limit, Bytes(0));
}

TEST(Convergence, LossesCostARoundTripAsFarAsTheyAreLikely) {
  const auto forecast = [](unsigned bad_of_ten, Bytes under_way) {
    Convergence c(Policy{}, 15ms);
    Measurement m = wide_area(under_way);
    Decision d = c.decide(m);
    for (unsigned look = 0; look < 10; ++look) {
      m.time += 50ms;
      m.wire_bytes_acked += Bytes(5'000'000);
      m.wire_bytes_made += Bytes(5'000'000);
      if (look < bad_of_ten) m.retransmits += 5;
      d = c.decide(m);
    }
    return to_seconds(d.downtime_predicted);
  };
  EXPECT_NEAR(forecast(0, MiB(8)), 0.165, 1e-3);
  EXPECT_NEAR(forecast(1, MiB(8)), 0.175, 2e-3);   // a queue that overflowed once
  EXPECT_NEAR(forecast(10, MiB(8)), 0.265, 2e-3);  // losses all the time
  EXPECT_LT(forecast(10, KiB(64)), 0.175);         // ... but little that can be lost
}

TEST(Convergence, ThrottlesStepByStepThenStopsByPolicySayingSo) {
  Convergence c(Policy{.throttle_max = 40}, 15ms);
  Path path(c, BitRate(80'000'000));
  unsigned throttle = 0;
  std::vector<unsigned> steps;
  for (unsigned round = 1; round < 30; ++round) {
    const Decision d = path.look(round, GiB(1), BitRate(800'000'000), throttle);
    if (d.kind == Decision::Kind::throttle) steps.push_back(throttle = d.throttle_percent);
    if (d.kind == Decision::Kind::stop_guest) {
      EXPECT_EQ(steps, (std::vector<unsigned>{20, 30, 40}));
      EXPECT_NE(d.reason.find("by policy it is stopped"), std::string::npos) << d.reason;
      EXPECT_EQ(path.look(round, GiB(1), BitRate(1)).switchover_limit, Bytes(~0ull));
      return;
    }
  }
  FAIL() << "never gave up";
}

TEST(Convergence, CancelsWhenPolicySaysSo) {
  Convergence c(Policy{.throttle_max = 0, .when_not_converging = WhenNotConverging::cancel}, 15ms);
  Path path(c, BitRate(80'000'000));
  for (unsigned round = 1; round < 10; ++round) {
    const Decision d = path.look(round, GiB(1), BitRate(800'000'000));
    EXPECT_NE(d.kind, Decision::Kind::throttle);
    if (d.kind == Decision::Kind::cancel) return;
  }
  FAIL() << "never cancelled";
}

TEST(Convergence, ARoundThatShrinksIsLeftAlone) {
  Convergence c(Policy{}, 15ms);
  Path path(c, BitRate(80'000'000));
  Bytes remaining = GiB(1);
  for (unsigned round = 1; round < 12; ++round, remaining = remaining / 2)
    EXPECT_EQ(path.look(round, remaining, BitRate(8'000'000)).kind, Decision::Kind::go_on) << round;
}

TEST(Convergence, WithoutAcknowledgementsNothingIsPredicted) {
  Convergence c(Policy{}, 15ms);
  Path path(c, BitRate(0));
  path.look(1, MiB(1), BitRate(0));
  const Decision d = path.look(1, MiB(1), BitRate(0));
  EXPECT_EQ(d.switchover_limit, Bytes(0));
  EXPECT_EQ(d.kind, Decision::Kind::go_on);
}

TEST(Convergence, WhenOnlyTheLineHasToEmptyNobodyIsThrottled) {
  Convergence c(Policy{.downtime_max = 100ms}, 15ms);
  Measurement m{.time = TimePoint{}, .link = BitRate(80'000'000), .rtt = 20ms};
  for (unsigned round = 1; round < 100; ++round) {
    m.time += 50ms;
    m.rounds = round;
    m.remaining = page_size * 4;
    m.guest_bytes_read += MiB(1);
    m.wire_bytes_made += MiB(1);
    m.wire_bytes_acked = m.wire_bytes_made - std::min(m.wire_bytes_made, MiB(8));  // 0.8 s of the path wait
    const Decision d = c.decide(m);
    EXPECT_EQ(d.kind, Decision::Kind::go_on) << "round " << round;
    EXPECT_EQ(d.switchover_limit > Bytes(0), m.wire_bytes_made < MiB(1)) << "round " << round;
  }
}

}  // namespace
}  // namespace dwcp::migration
