#include "reports/timeline.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace dwcp::reports {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;

class TimelineTest : public testing::Test {
 protected:
  std::size_t rates() { return *timeline.open("link.rate_bps", "bit/s", {{"link", "a-b"}}, Timeline::Merge::mean); }
  std::size_t queues() { return *timeline.open("link.queue_bytes", "B", {{"link", "a-b"}}, Timeline::Merge::max); }

  Timeline timeline{10ms};
};

TEST_F(TimelineTest, AnAmountIsSpreadOverTheIntervalsInWhichItCame) {
  const auto rate = rates();
  timeline.add(rate, 5ms, 25ms, 2000, 0.020);  // 100 kbit/s, over half an interval, one, and half a one
  EXPECT_THAT(timeline.points(rate).times, ElementsAre(0, 0.01, 0.02));
  EXPECT_THAT(timeline.points(rate).values,
              ElementsAre(DoubleNear(1e5, 1e-6), DoubleNear(1e5, 1e-6), DoubleNear(1e5, 1e-6)));
  timeline.add(rate, 25ms, 30ms, 0, 0.005);  // the second half of it nothing came
  EXPECT_NEAR(timeline.points(rate).values[2], 5e4, 1e-6);
}

TEST_F(TimelineTest, ARatioIsWeightedByItsBase) {
  const auto loss = *timeline.open("link.loss", "1", {}, Timeline::Merge::mean);
  timeline.add(loss, 0ms, 5ms, 1, 10);
  timeline.add(loss, 5ms, 10ms, 0, 90);
  timeline.add(loss, 10ms, 20ms, 0, 0);  // no packet, no ratio
  EXPECT_THAT(timeline.points(loss).values, ElementsAre(DoubleNear(0.01, 1e-9)));
}

TEST_F(TimelineTest, AMaximumStaysTheMost) {
  const auto queue = queues();
  timeline.hold(queue, 0ms, 4ms, 3);
  timeline.hold(queue, 4ms, 12ms, 7);
  timeline.hold(queue, 12ms, 20ms, 2);
  EXPECT_THAT(timeline.points(queue).values, ElementsAre(7, 7));
}

TEST_F(TimelineTest, TheIntervalDoublesAndPairsBecomeOne) {
  const auto rate = rates(), queue = queues();
  const Duration end = 10ms * static_cast<int>(Timeline::points_max);
  for (Duration t = 0ms; t < end; t += 10ms) {
    const auto odd = static_cast<double>(t / 10ms % 2);
    timeline.add(rate, t, t + 10ms, odd * 100, 0.01);
    timeline.hold(queue, t, t + 10ms, odd);
  }
  EXPECT_EQ(timeline.interval(), 10ms);
  EXPECT_THAT(timeline.points(rate).values, SizeIs(Timeline::points_max));

  timeline.hold(queue, end, end + 10ms, 5);
  EXPECT_EQ(timeline.interval(), 20ms);
  EXPECT_THAT(timeline.points(rate).values,
              testing::AllOf(SizeIs(Timeline::points_max / 2), testing::Each(DoubleNear(5000, 1e-6))));
  EXPECT_THAT(timeline.points(queue).values, SizeIs(Timeline::points_max / 2 + 1));
  EXPECT_EQ(timeline.points(queue).values.front(), 1);
  EXPECT_EQ(timeline.points(queue).values.back(), 5);
  EXPECT_EQ(timeline.points(rate).times[1], 0.02);
}

TEST_F(TimelineTest, ADayFitsWhateverComesFirst) {
  const auto early = rates(), late = rates();
  timeline.add(early, 1s, 2s, 1000, 1);
  timeline.add(late, 23h, 24h, 7200, 3600);
  EXPECT_LE(24h / timeline.interval(), Timeline::points_max);
  EXPECT_GT(2 * (24h / timeline.interval()), Timeline::points_max / 2);
  ASSERT_THAT(timeline.points(early).values, SizeIs(1));
  EXPECT_NEAR(timeline.points(early).values[0], 1000, 1e-6);
  for (const double value : timeline.points(late).values) EXPECT_NEAR(value, 2, 1e-6);
  timeline.add(late, 1h, 2h, 3600, 3600);  // before what it has
  EXPECT_NEAR(timeline.points(late).values.front(), 1, 1e-6);
}

TEST_F(TimelineTest, IntervalsWithoutAValueHaveNoPoint) {
  const auto rate = rates();
  timeline.add(rate, 0ms, 10ms, 1, 1);
  timeline.add(rate, 50ms, 60ms, 1, 1);
  EXPECT_THAT(timeline.points(rate).times, ElementsAre(0, 0.05));
  timeline.add(rate, 70ms, 70ms, 1, 1);
  timeline.hold(rate, 80ms, 80ms, 1);
  EXPECT_THAT(timeline.points(rate).times, SizeIs(2));
}

TEST_F(TimelineTest, TheDocumentHasWhatHasPoints) {
  const auto rate = rates();
  rates();  // stays empty
  timeline.add(rate, 0ms, 20ms, 1234567, 0.02);
  const auto json = nlohmann::json::parse(timeline.to_json());
  EXPECT_EQ(json["schema"], 1);
  EXPECT_EQ(json["interval_s"], 0.01);
  EXPECT_THAT(json["left_out"], IsEmpty());
  ASSERT_EQ(json["series"].size(), 1u);
  EXPECT_EQ(json["series"][0]["metric"], "link.rate_bps");
  EXPECT_EQ(json["series"][0]["unit"], "bit/s");
  EXPECT_EQ(json["series"][0]["labels"]["link"], "a-b");
  EXPECT_EQ(json["series"][0]["t_s"], nlohmann::json::parse("[0, 0.01]"));
  EXPECT_EQ(json["series"][0]["v"], nlohmann::json::parse("[61728400, 61728400]"));
}

TEST_F(TimelineTest, TooManySeriesAreCounted) {
  for (std::size_t i = 0; i < Timeline::series_of_kind_max; ++i) rates();
  EXPECT_FALSE(timeline.open("link.loss", "1", {}, Timeline::Merge::mean));
  EXPECT_TRUE(timeline.open("stream.loss", "1", {}, Timeline::Merge::mean));
  EXPECT_EQ(nlohmann::json::parse(timeline.to_json())["left_out"], (nlohmann::json{{"link", 1}}));
}

TEST_F(TimelineTest, NamesAreTextWhateverTheyHold) {
  const auto odd = *timeline.open("m", "1", {{"vm", "a\"\\\xff</script>"}}, Timeline::Merge::max);
  timeline.hold(odd, 0ms, 1ms, 1);
  EXPECT_EQ(nlohmann::json::parse(timeline.to_json())["series"][0]["labels"]["vm"], "a\"\\\xEF\xBF\xBD</script>");
}

}  // namespace
}  // namespace dwcp::reports
