#include "tests/lab/wan/link.hpp"

#include <gtest/gtest.h>

namespace dwcp::wan {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TimePoint at(Duration d) { return TimePoint(seconds(1)) + d; }

LinkOptions options(std::string_view text) {
  LinkOptions o;
  o.overhead = 0;
  const auto parsed = parse_link(text, o);
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message());
  return o;
}

TEST(WanLink, DelaysEachFrame) {
  Link link(options("delay=25ms"), 1);
  link.take(Link::Frame(100), at(milliseconds(3)));
  EXPECT_EQ(link.next_due(), at(milliseconds(28)));
  EXPECT_EQ(link.due(at(milliseconds(27))), nullptr);
  ASSERT_NE(link.due(at(milliseconds(28))), nullptr);
  EXPECT_EQ(link.due(at(milliseconds(28)))->size(), 100u);
  link.pop();
  EXPECT_EQ(link.next_due(), TimePoint::max());
}

TEST(WanLink, SendsAtItsRateAndDropsWhatWouldWaitTooLong) {
  Link link(options("rate=8Mbit/s,queue=10ms"), 1);  // a kilobyte each millisecond
  for (int i = 0; i < 50; ++i) link.take(Link::Frame(1000), at({}));
  EXPECT_EQ(link.next_due(), at(milliseconds(1)));
  EXPECT_EQ(link.counters().overflowed, 39u);  // eleven fit: one on the line and 10 ms of them
  int delivered = 0;
  for (; link.due(at(seconds(1))); link.pop()) ++delivered;
  EXPECT_EQ(delivered, 11);
}

TEST(WanLink, LosesItsShare) {
  Link link(options("loss=10%"), 3);
  for (int i = 0; i < 10'000; ++i) link.take(Link::Frame(10), at({}));
  EXPECT_NEAR(static_cast<double>(link.counters().lost), 1000, 120);
}

TEST(WanLink, JitterKeepsTheOrder) {
  Link link(options("delay=5ms,jitter=4ms"), 5);
  for (int i = 0; i < 200; ++i) link.take(Link::Frame(static_cast<std::size_t>(i + 1)), at(milliseconds(i)));
  std::size_t expected = 1;
  bool differed = false;
  for (Duration now{0}; now < seconds(1); now += std::chrono::microseconds(100))
    for (const Link::Frame* frame; (frame = link.due(at(now))) != nullptr; link.pop()) {
      differed |= now != milliseconds(static_cast<int>(expected) - 1 + 5);
      EXPECT_EQ(frame->size(), expected++);
    }
  EXPECT_EQ(expected, 201u);
  EXPECT_TRUE(differed);
}

TEST(WanLink, ACutLosesWhatIsUnderWayToo) {
  Link link(options("delay=25ms"), 1);
  link.take(Link::Frame(100), at({}));
  link.cut();
  link.take(Link::Frame(100), at(milliseconds(1)));
  EXPECT_EQ(link.due(at(seconds(1))), nullptr);
  EXPECT_EQ(link.counters().cut, 2u);
  link.restore();
  link.take(Link::Frame(100), at(seconds(1)));
  EXPECT_NE(link.due(at(seconds(2))), nullptr);
}

TEST(WanLink, MistakesAreNamedAndChangeNothing) {
  LinkOptions o;
  for (const char* text : {"delay", "delay=5", "loss=0.1", "loss=101%", "rate=fast", "colour=red", "overhead=x"}) {
    const auto parsed = parse_link(std::string("jitter=9ms,") + text, o);
    ASSERT_FALSE(parsed) << text;
    EXPECT_NE(parsed.error().message().find(std::string(text).substr(0, 4)), std::string::npos) << text;
  }
  EXPECT_EQ(o.jitter, Duration(0));
}

}  // namespace
}  // namespace dwcp::wan
