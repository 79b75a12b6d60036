#include "engine/migration/switchover_cost.hpp"

#include <gtest/gtest.h>

namespace dwcp::migration {
namespace {

using namespace std::chrono_literals;

// The rest of a downtime is known: 80 ms of it.
void migrate(SwitchoverCost& cost, Duration really) { cost.observe(80ms + cost.expected(), 80ms + really); }

TEST(SwitchoverCost, ComesCloserToWhatHappensWithEveryMigration) {
  SwitchoverCost cost(100ms);
  migrate(cost, 180ms);
  EXPECT_EQ(cost.expected(), Duration(140ms));
  for (int i = 0; i < 10; ++i) migrate(cost, 180ms);
  EXPECT_NEAR(to_seconds(cost.expected()), 0.18, 1e-3);
  for (int i = 0; i < 10; ++i) migrate(cost, 20ms);
  EXPECT_NEAR(to_seconds(cost.expected()), 0.02, 1e-3);
}

TEST(SwitchoverCost, StaysWithinWhatAHypervisorTakes) {
  SwitchoverCost cost(100ms);
  cost.observe(200ms, 1h);  // a path that was cut
  EXPECT_EQ(cost.expected(), Duration(1s));
  cost.observe(1h, 1s);
  EXPECT_EQ(cost.expected(), Duration(0));
}

}  // namespace
}  // namespace dwcp::migration
