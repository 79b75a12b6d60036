#include "engine/transfer/progress.hpp"

#include <gtest/gtest.h>

namespace dwcp::transfer {
namespace {

using std::chrono::seconds;

TEST(RateMeter, KnowsNothingAtFirst) {
  RateMeter meter;
  EXPECT_EQ(meter.rate(), BitRate(0));
  EXPECT_FALSE(meter.remaining(MiB(1)));
  EXPECT_EQ(meter.remaining(Bytes(0)), Duration::zero());
}

TEST(RateMeter, GivesTheTimeThatIsLeft) {
  RateMeter meter;
  for (int s = 0; s <= 20; ++s) meter.observe(TimePoint(seconds(s)), Bytes(std::uint64_t(s) * 1000));
  EXPECT_EQ(meter.rate(), BitRate(8000));
  EXPECT_EQ(meter.remaining(Bytes(5000)), Duration(seconds(5)));
}

TEST(RateMeter, FollowsAChangeWithinSeconds) {
  RateMeter meter;
  std::uint64_t done = 0;
  for (int s = 0; s <= 10; ++s) meter.observe(TimePoint(seconds(s)), Bytes(done += 1000));
  for (int s = 11; s <= 20; ++s) meter.observe(TimePoint(seconds(s)), Bytes(done += 4000));
  EXPECT_GT(meter.rate().value, 8U * 3800);
  EXPECT_LE(meter.rate().value, 8U * 4000);
}

TEST(Report, TellsTheFirstFailure) {
  Report report;
  report.files.push_back({.name = "a", .outcome = FileOutcome::stored});
  EXPECT_TRUE(report.all_well());
  EXPECT_FALSE(report.first_failure().code);
  report.files.push_back({.name = "b", .outcome = FileOutcome::failed, .failure = {Errc::already_exists, "b"}});
  EXPECT_FALSE(report.all_well());
  EXPECT_EQ(report.first_failure().code, make_error_code(Errc::already_exists));
}

}  // namespace
}  // namespace dwcp::transfer
