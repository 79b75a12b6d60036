#include "scenarios/explore/ddmin.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "engine/base/random.hpp"

namespace dwcp::scenarios {
namespace {

// Tells of each subset by a predicate, and counts.
class Tests {
 public:
  explicit Tests(std::function<bool(const Subset&)> fails) : fails_(std::move(fails)) {}
  std::optional<std::size_t> operator()(const std::vector<Subset>& candidates) {
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      ++count_;
      if (fails_(candidates[i])) return i;
    }
    return std::nullopt;
  }
  std::size_t count() const { return count_; }

 private:
  std::function<bool(const Subset&)> fails_;
  std::size_t count_ = 0;
};

bool holds(const Subset& all, const Subset& part) {
  return std::includes(all.begin(), all.end(), part.begin(), part.end());
}

Subset minimal(std::size_t count, const std::function<bool(const Subset&)>& fails) {
  Tests tests(fails);
  const Subset left = ddmin(count, std::ref(tests));
  EXPECT_LE(tests.count(), count * count + 3 * count + 1);
  return left;
}

TEST(Ddmin, NothingIsLeftWhenNothingIsNeeded) {
  EXPECT_EQ(minimal(0, [](const Subset&) { return true; }), Subset{});
  EXPECT_EQ(minimal(9, [](const Subset&) { return true; }), Subset{});
}

TEST(Ddmin, AllIsLeftWhenAllIsNeeded) {
  for (std::size_t count = 1; count <= 20; ++count)
    EXPECT_EQ(minimal(count, [&](const Subset& s) { return s.size() == count; }).size(), count);
}

// The example of the paper: of eight parts the first, the seventh and the eighth together fail.
TEST(Ddmin, FindsThePartsThatFailTogether) {
  const Subset needed{0, 6, 7};
  EXPECT_EQ(minimal(8, [&](const Subset& s) { return holds(s, needed); }), needed);
}

TEST(Ddmin, FindsWhateverIsNeededTogether) {
  Random random(1, "ddmin");
  for (int round = 0; round < 300; ++round) {
    const std::size_t count = 1 + random.below(40);
    Subset needed;
    for (std::size_t i = 0; i < count; ++i)
      if (random.chance(0.15)) needed.push_back(i);
    EXPECT_EQ(minimal(count, [&](const Subset& s) { return holds(s, needed); }), needed) << round;
  }
}

// Where several sets fail, or larger sets pass again, one is found of which nothing can be left out alone.
TEST(Ddmin, WhatIsLeftFailsAndNothingOfItCanBeLeftOutAlone) {
  Random random(2, "ddmin");
  for (int round = 0; round < 300; ++round) {
    const std::size_t count = 2 + random.below(12);
    std::set<Subset> failing;
    Subset all;
    for (std::size_t i = 0; i < count; ++i) all.push_back(i);
    failing.insert(all);
    for (int i = 0; i < 200; ++i) {
      Subset some;
      for (std::size_t part = 0; part < count; ++part)
        if (random.chance(0.6)) some.push_back(part);
      if (!some.empty()) failing.insert(some);
    }
    const auto fails = [&](const Subset& s) { return failing.contains(s); };
    const Subset left = minimal(count, fails);
    EXPECT_TRUE(fails(left));
    for (std::size_t i = 0; i < left.size(); ++i) {
      Subset less = left;
      less.erase(less.begin() + static_cast<std::ptrdiff_t>(i));
      EXPECT_FALSE(fails(less)) << round;
    }
  }
}

}  // namespace
}  // namespace dwcp::scenarios
