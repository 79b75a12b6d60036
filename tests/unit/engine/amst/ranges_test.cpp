#include "engine/amst/ranges.hpp"

#include <gtest/gtest.h>

namespace dwcp::amst {
namespace {

TEST(RangeSet, JoinsWhatTouches) {
  RangeSet set;
  EXPECT_EQ(set.insert({1, 3}), 3u);
  EXPECT_EQ(set.insert({7, 9}), 3u);
  EXPECT_EQ(set.count(), 2u);
  EXPECT_EQ(set.insert({4, 6}), 3u);
  EXPECT_EQ(set.all(), (std::vector<Range>{{1, 9}}));
}

TEST(RangeSet, CountsOnlyWhatIsNew) {
  RangeSet set;
  set.insert({10, 20});
  set.insert({30, 40});
  EXPECT_EQ(set.insert({15, 35}), 9u);
  EXPECT_EQ(set.insert({10, 40}), 0u);
  EXPECT_EQ(set.count(), 1u);
}

TEST(RangeSet, FloorIsWhatIsCompleteFromOne) {
  RangeSet set;
  EXPECT_EQ(set.floor(), 0u);
  set.insert({2, 5});
  EXPECT_EQ(set.floor(), 0u);
  set.insert({1, 1});
  EXPECT_EQ(set.floor(), 5u);
}

TEST(RangeSet, TakesTheLowestFirst) {
  RangeSet set;
  set.insert({5, 6});
  set.insert({1, 2});
  set.insert({9, 9});
  EXPECT_EQ(set.take(2), (std::vector<Range>{{1, 2}, {5, 6}}));
  EXPECT_EQ(set.all(), (std::vector<Range>{{9, 9}}));
}

TEST(RangeSet, WorksAtTheEndOfTheNumbers) {
  RangeSet set;
  EXPECT_EQ(set.insert({sequence_max, sequence_max}), 1u);
  EXPECT_EQ(set.insert({sequence_max - 1, sequence_max - 1}), 1u);
  EXPECT_EQ(set.count(), 1u);
  EXPECT_TRUE(set.contains(sequence_max));
}

}  // namespace
}  // namespace dwcp::amst
