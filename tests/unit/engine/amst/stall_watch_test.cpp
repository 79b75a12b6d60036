#include "engine/amst/stall_watch.hpp"

#include <gtest/gtest.h>

namespace dwcp::amst {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint at(Duration d) { return TimePoint(d); }
constexpr Duration rtt = 100ms;

struct Watched {
  void signs_of_life(std::chrono::seconds from, std::chrono::seconds to) {
    for (; from <= to; ++from) path.heard(at(from));
  }
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
  EXPECT_EQ(w.stream.standing(w.path, rtt, at(60s)), Standing::good);
}

TEST(StreamWatch, AStreamThatDoesNotComeBackWithThePathIsDoubtfulAfterItsGrace) {
  Watched w;
  w.stream.look(Bytes(1000), true, at(7s));
  w.path.rejoined(at(12s));
  w.stream.look(Bytes(1000), true, at(12400ms));
  EXPECT_EQ(w.stream.standing(w.path, rtt, at(12500ms)), Standing::good);
  EXPECT_EQ(w.stream.standing(w.path, rtt, at(12501ms)), Standing::doubtful);
  EXPECT_EQ(w.stream.standing(w.path, 400ms, at(12800ms)), Standing::good) << "an answer takes as long";
}

TEST(StreamWatch, ItIsLostWhenItsTimerMustHaveRunOut) {
  Watched w;
  w.stream.look(Bytes(1000), true, at(7s));
  w.path.rejoined(at(12s));
  w.signs_of_life(13s, 17s);
  // Still for 5 s before; then as long again, the grace, and four RTTs.
  EXPECT_EQ(w.stream.standing(w.path, rtt, at(17900ms)), Standing::doubtful);
  EXPECT_EQ(w.stream.standing(w.path, rtt, at(17901ms)), Standing::lost);
}

TEST(StreamWatch, ALongOutageDoesNotBuyMoreThanTheTimeout) {
  Watched w;
  w.stream.look(Bytes(1000), true, at(1s));
  w.path.rejoined(at(100s));
  w.signs_of_life(101s, 110s);
  EXPECT_EQ(w.stream.standing(w.path, rtt, at(110900ms)), Standing::doubtful);
  EXPECT_EQ(w.stream.standing(w.path, rtt, at(110901ms)), Standing::lost);
}

TEST(StreamWatch, ADoubtfulStreamThatMovesIsGood) {
  Watched w;
  w.stream.look(Bytes(1000), true, at(7s));
  w.path.rejoined(at(12s));
  EXPECT_EQ(w.stream.standing(w.path, rtt, at(14s)), Standing::doubtful);
  EXPECT_FALSE(w.stream.moves(w.path));
  w.signs_of_life(13s, 15s);
  w.stream.look(Bytes(1001), true, at(15s));
  EXPECT_EQ(w.stream.standing(w.path, rtt, at(16s)), Standing::good);
  EXPECT_TRUE(w.stream.moves(w.path));
}

TEST(StreamWatch, AStreamThatMovesAgainIsKept) {
  Watched w;
  w.stream.look(Bytes(1000), true, at(1s));
  w.path.rejoined(at(12s));
  w.stream.look(Bytes(1001), true, at(12500ms));
  w.path.heard(at(13s));
  EXPECT_EQ(w.stream.standing(w.path, rtt, at(14s)), Standing::good);
}

TEST(StreamWatch, OnAWorkingPathItHasTheWholeTimeout) {
  Watched w;
  w.stream.look(Bytes(1000), true, at(1s));
  for (int s = 2; s <= 12; ++s) w.path.heard(at(std::chrono::seconds(s)));
  w.stream.look(Bytes(1000), true, at(11s));
  EXPECT_EQ(w.stream.standing(w.path, rtt, at(11s)), Standing::good);
  EXPECT_EQ(w.stream.standing(w.path, rtt, at(11001ms)), Standing::lost);
}

TEST(StreamWatch, AnIdleStreamIsNeverStalled) {
  Watched w;
  w.stream.look(Bytes(0), false, at(1s));
  w.path.heard(at(59s));
  EXPECT_EQ(w.stream.standing(w.path, rtt, at(60s)), Standing::good);
  w.stream.look(Bytes(0), true, at(60s));
  EXPECT_EQ(w.stream.standing(w.path, rtt, at(60500ms)), Standing::good) << "its time starts with its data";
}

}  // namespace
}  // namespace dwcp::amst
