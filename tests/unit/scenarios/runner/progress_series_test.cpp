#include "scenarios/runner/progress_series.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace dwcp::scenarios {
namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;

class ProgressSeriesTest : public testing::Test {
 protected:
  static migration::Progress progress(Bytes wire, Bytes stream_sent, std::uint64_t segments, std::uint64_t again,
                                      unsigned joined = 1) {
    migration::Progress p;
    p.vm = VmId("guest");
    p.wire = wire;
    p.round = 2;
    p.remaining = Bytes(1000);
    amst::StreamInfo stream;
    stream.index = 3;
    stream.connected = true;
    stream.joined = joined;
    stream.sent = stream_sent;
    stream.path.rtt_smoothed = 20ms;
    stream.path.segments_sent = segments;
    stream.path.segments_retransmitted = again;
    p.streams = {stream};
    return p;
  }

  nlohmann::json series(const std::string& metric) const {
    const auto document = nlohmann::json::parse(timeline.to_json());
    for (const auto& one : document["series"])
      if (one["metric"] == metric) return one;
    return {};
  }

  reports::Timeline timeline{10ms};
  ProgressSeries under_test{timeline};
};

TEST_F(ProgressSeriesTest, CountersBecomeRatesBetweenTwoWords) {
  under_test.add(0, 100ms, progress(Bytes(0), Bytes(0), 0, 0));
  under_test.add(0, 120ms, progress(Bytes(2500), Bytes(5000), 100, 1));
  EXPECT_EQ(series("migration.goodput_bps")["t_s"], nlohmann::json::parse("[0.1, 0.11]"));
  EXPECT_EQ(series("migration.goodput_bps")["v"], nlohmann::json::parse("[1000000, 1000000]"));
  EXPECT_EQ(series("migration.remaining_bytes")["v"], nlohmann::json::parse("[1000, 1000]"));
  EXPECT_EQ(series("stream.rate_bps")["v"], nlohmann::json::parse("[2000000, 2000000]"));
  EXPECT_EQ(series("stream.rate_bps")["labels"], (nlohmann::json{{"vm", "guest"}, {"stream", "3"}}));
  EXPECT_EQ(series("stream.rtt_s")["v"], nlohmann::json::parse("[0.02, 0.02]"));
  EXPECT_EQ(series("stream.resent_ratio")["v"], nlohmann::json::parse("[0.01, 0.01]"));
}

TEST_F(ProgressSeriesTest, AnotherConnectionCountsFromItsBeginning) {
  under_test.add(0, 0ms, progress(Bytes(0), Bytes(0), 1000, 500));
  under_test.add(0, 10ms, progress(Bytes(0), Bytes(0), 100, 10, 2));
  EXPECT_EQ(series("stream.resent_ratio")["v"], nlohmann::json::parse("[0.1]"));
}

TEST_F(ProgressSeriesTest, TheSeriesOfAVmGoOnWhenItMovesAgain) {
  under_test.add(0, 0ms, progress(Bytes(0), Bytes(0), 0, 0));
  under_test.add(0, 10ms, progress(Bytes(1250), Bytes(0), 0, 0));
  under_test.add(7, 50ms, progress(Bytes(0), Bytes(0), 0, 0));
  under_test.add(7, 60ms, progress(Bytes(2500), Bytes(0), 0, 0));
  EXPECT_EQ(series("migration.goodput_bps")["t_s"], nlohmann::json::parse("[0, 0.05]"));
  EXPECT_EQ(series("migration.goodput_bps")["v"], nlohmann::json::parse("[1000000, 2000000]"));
}

TEST_F(ProgressSeriesTest, WhatIsUnknownHasNoSeries) {
  under_test.add(0, 0ms, progress(Bytes(0), Bytes(0), 0, 0));
  under_test.add(0, 10ms, progress(Bytes(0), Bytes(0), 0, 0));
  EXPECT_TRUE(series("stream.resent_ratio").is_null());
  EXPECT_TRUE(series("migration.rtt_s").is_null());
}

}  // namespace
}  // namespace dwcp::scenarios
