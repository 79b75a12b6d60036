#include "engine/amst/stall_watch.hpp"

#include <gtest/gtest.h>

namespace dwcp::amst {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint at(Duration d) { return TimePoint(d); }
constexpr Duration rtt = 100ms;

struct Watched {
  PathWatch path{2s, 500ms, at(0s)};
  StreamWatch stream{10s, at(0s)};
};

TEST(PathWatch, SilenceStartsAfterTheLimitAndEndsWithAnySign) {
  Watched w;
  w.path.heard(at(1s));
  EXPECT_FALSE(w.path.silent(at(3s)));
  EXPECT_TRUE(w.path.silent(at(3001ms)));
  w.path.heard(at(5s));
  EXPECT_FALSE(w.path.silent(at(5s)));
  EXPECT_EQ(w.path.back_at(), at(5s));
}

TEST(PathWatch, ABrokenConnectionIsSilenceAtOnce) {
  Watched w;
  w.path.disconnected();
  EXPECT_TRUE(w.path.silent(at(1ms)));
  w.path.rejoined(at(1s));
  EXPECT_FALSE(w.path.silent(at(1s)));
  EXPECT_EQ(w.path.back_at(), at(1s));
}

TEST(StreamWatch, NothingIsGivenUpWhileThePathIsSilent) {
  Watched w;
  w.stream.look(Bytes(1000), true, at(1s));
  EXPECT_FALSE(w.stream.stalled(w.path, rtt, at(60s)));
}

TEST(StreamWatch, AStreamThatDoesNotComeBackWithThePathIsGivenUpAfterItsGrace) {
  Watched w;
  w.stream.look(Bytes(1000), true, at(1s));
  w.path.rejoined(at(12s));
  w.stream.look(Bytes(1000), true, at(12800ms));
  EXPECT_FALSE(w.stream.stalled(w.path, rtt, at(12900ms)));
  EXPECT_TRUE(w.stream.stalled(w.path, rtt, at(12901ms)));
}

TEST(StreamWatch, AStreamThatMovesAgainIsKept) {
  Watched w;
  w.stream.look(Bytes(1000), true, at(1s));
  w.path.rejoined(at(12s));
  w.stream.look(Bytes(1001), true, at(12500ms));
  w.path.heard(at(13s));
  EXPECT_FALSE(w.stream.stalled(w.path, rtt, at(14s)));
}

TEST(StreamWatch, OnAWorkingPathItHasTheWholeTimeout) {
  Watched w;
  w.stream.look(Bytes(1000), true, at(1s));
  for (int s = 2; s <= 12; ++s) w.path.heard(at(std::chrono::seconds(s)));
  w.stream.look(Bytes(1000), true, at(11s));
  EXPECT_FALSE(w.stream.stalled(w.path, rtt, at(11s)));
  EXPECT_TRUE(w.stream.stalled(w.path, rtt, at(11001ms)));
}

TEST(StreamWatch, AnIdleStreamIsNeverStalled) {
  Watched w;
  w.stream.look(Bytes(0), false, at(1s));
  w.path.heard(at(59s));
  EXPECT_FALSE(w.stream.stalled(w.path, rtt, at(60s)));
  w.stream.look(Bytes(0), true, at(60s));
  EXPECT_FALSE(w.stream.stalled(w.path, rtt, at(60500ms))) << "its time starts with its data";
}

}  // namespace
}  // namespace dwcp::amst
