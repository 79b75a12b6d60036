#include "engine/amst/stall_watch.hpp"

#include <gtest/gtest.h>

namespace dwcp::amst {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint moment(Duration d) { return TimePoint(d); }
constexpr Duration rtt = 100ms;

struct Watched {
  void signs_of_life(std::chrono::seconds from, std::chrono::seconds to) {
    for (; from <= to; ++from) path.heard(moment(from));
  }
  PathWatch path{2s, 500ms, moment(0s)};
  StreamWatch stream{10s, moment(0s)};
};

TEST(PathWatch, SilenceStartsAfterTheLimitAndEndsWithAnySign) {
  Watched w;
  w.path.heard(moment(1s));
  EXPECT_FALSE(w.path.silent(moment(3s)));
  EXPECT_TRUE(w.path.silent(moment(3001ms)));
  w.path.heard(moment(5s));
  EXPECT_FALSE(w.path.silent(moment(5s)));
  EXPECT_EQ(w.path.back_at(), moment(5s));
}

TEST(PathWatch, ABrokenConnectionIsSilenceAtOnce) {
  Watched w;
  w.path.disconnected();
  EXPECT_TRUE(w.path.silent(moment(1ms)));
  w.path.rejoined(moment(1s));
  EXPECT_FALSE(w.path.silent(moment(1s)));
  EXPECT_EQ(w.path.back_at(), moment(1s));
}

TEST(StreamWatch, NothingIsGivenUpWhileThePathIsSilent) {
  Watched w;
  w.stream.look(Bytes(1000), true, moment(1s));
  EXPECT_EQ(w.stream.standing(w.path, rtt, moment(60s)), Standing::good);
}

TEST(StreamWatch, AStreamThatDoesNotComeBackWithThePathIsDoubtfulAfterItsGrace) {
  Watched w;
  w.stream.look(Bytes(1000), true, moment(7s));
  w.path.rejoined(moment(12s));
  w.stream.look(Bytes(1000), true, moment(12400ms));
  EXPECT_EQ(w.stream.standing(w.path, rtt, moment(12500ms)), Standing::good);
  EXPECT_EQ(w.stream.standing(w.path, rtt, moment(12501ms)), Standing::doubtful);
  EXPECT_EQ(w.stream.standing(w.path, 400ms, moment(12800ms)), Standing::good) << "an answer takes as long";
}

TEST(StreamWatch, ItIsLostWhenItsTimerMustHaveRunOut) {
  Watched w;
  w.stream.look(Bytes(1000), true, moment(7s));
  w.path.rejoined(moment(12s));
  w.signs_of_life(13s, 17s);
  // Still for 5 s before; then as long again, the grace, and four RTTs.
  EXPECT_EQ(w.stream.standing(w.path, rtt, moment(17900ms)), Standing::doubtful);
  EXPECT_EQ(w.stream.standing(w.path, rtt, moment(17901ms)), Standing::lost);
}

TEST(StreamWatch, ALongOutageDoesNotBuyMoreThanTheTimeout) {
  Watched w;
  w.stream.look(Bytes(1000), true, moment(1s));
  w.path.rejoined(moment(100s));
  w.signs_of_life(101s, 110s);
  EXPECT_EQ(w.stream.standing(w.path, rtt, moment(110900ms)), Standing::doubtful);
  EXPECT_EQ(w.stream.standing(w.path, rtt, moment(110901ms)), Standing::lost);
}

TEST(StreamWatch, ADoubtfulStreamThatMovesIsGood) {
  Watched w;
  w.stream.look(Bytes(1000), true, moment(7s));
  w.path.rejoined(moment(12s));
  EXPECT_EQ(w.stream.standing(w.path, rtt, moment(14s)), Standing::doubtful);
  EXPECT_FALSE(w.stream.moves(w.path));
  w.signs_of_life(13s, 15s);
  w.stream.look(Bytes(1001), true, moment(15s));
  EXPECT_EQ(w.stream.standing(w.path, rtt, moment(16s)), Standing::good);
  EXPECT_TRUE(w.stream.moves(w.path));
}

TEST(StreamWatch, AStreamThatMovesAgainIsKept) {
  Watched w;
  w.stream.look(Bytes(1000), true, moment(1s));
  w.path.rejoined(moment(12s));
  w.stream.look(Bytes(1001), true, moment(12500ms));
  w.path.heard(moment(13s));
  EXPECT_EQ(w.stream.standing(w.path, rtt, moment(14s)), Standing::good);
}

TEST(StreamWatch, OnAWorkingPathItHasTheWholeTimeout) {
  Watched w;
  w.stream.look(Bytes(1000), true, moment(1s));
  for (int s = 2; s <= 12; ++s) w.path.heard(moment(std::chrono::seconds(s)));
  w.stream.look(Bytes(1000), true, moment(11s));
  EXPECT_EQ(w.stream.standing(w.path, rtt, moment(11s)), Standing::good);
  EXPECT_EQ(w.stream.standing(w.path, rtt, moment(11001ms)), Standing::lost);
}

TEST(StreamWatch, AnIdleStreamIsNeverStalled) {
  Watched w;
  w.stream.look(Bytes(0), false, moment(1s));
  w.path.heard(moment(59s));
  EXPECT_EQ(w.stream.standing(w.path, rtt, moment(60s)), Standing::good);
  w.stream.look(Bytes(0), true, moment(60s));
  EXPECT_EQ(w.stream.standing(w.path, rtt, moment(60500ms)), Standing::good) << "its time starts with its data";
}

}  // namespace
}  // namespace dwcp::amst
