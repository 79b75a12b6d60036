#include "reports/gate/self_test.hpp"

#include <gtest/gtest.h>

namespace dwcp::reports {
namespace {

TEST(SelfTest, HoldsForEverySeed) {
  for (const std::uint64_t seed : {1, 2, 3})
    for (const SelfTestCase& one : gate_self_test(seed))
      EXPECT_TRUE(one.ok) << seed << ": " << one.name << ": " << one.detail;
}

TEST(SelfTest, PlantsWhatTheGateIsFor) {
  bool wall = false, bytes = false, noise = false;
  for (const SelfTestCase& one : gate_self_test(1)) {
    wall = wall || one.name.find("twice as long, 20 noisy repeats, fails") != std::string::npos;
    bytes = bytes || one.name == "5 % more bytes fail";
    noise = noise || one.name.find("20 noisy repeats, passes") != std::string::npos;
  }
  EXPECT_TRUE(wall && bytes && noise);
}

}  // namespace
}  // namespace dwcp::reports
