#include "cli/exit_codes.hpp"

#include <gtest/gtest.h>

namespace dwcp::cli {
namespace {

// Scripts depend on these numbers.
TEST(ExitCode, NumbersArePublished) {
  EXPECT_EQ(static_cast<int>(ExitCode::passed), 0);
  EXPECT_EQ(static_cast<int>(ExitCode::failed), 1);
  EXPECT_EQ(static_cast<int>(ExitCode::usage), 2);
  EXPECT_EQ(static_cast<int>(ExitCode::threshold_failed), 99);
  EXPECT_EQ(static_cast<int>(ExitCode::invalid_scenario), 104);
  EXPECT_EQ(static_cast<int>(ExitCode::aborted), 105);
}

TEST(ExitCode, FollowsTheKindOfError) {
  EXPECT_EQ(exit_code_of({}), ExitCode::passed);
  EXPECT_EQ(exit_code_of(make_error_code(Errc::bad_scenario)), ExitCode::invalid_scenario);
  EXPECT_EQ(exit_code_of(make_error_code(Errc::cancelled)), ExitCode::aborted);
  EXPECT_EQ(exit_code_of(make_error_code(Errc::bad_unit)), ExitCode::usage);
  EXPECT_EQ(exit_code_of(make_error_code(Errc::unreachable)), ExitCode::failed);
  EXPECT_EQ(exit_code_of(make_error_code(Errc::internal)), ExitCode::failed);
}

// Numbers of another category must not be read as ours: errno 100 is no bad unit.
TEST(ExitCode, ForeignCategoriesAreFailures) {
  EXPECT_EQ(exit_code_of({100, boost::system::system_category()}), ExitCode::failed);
  EXPECT_EQ(exit_code_of({103, boost::system::generic_category()}), ExitCode::failed);
}

}  // namespace
}  // namespace dwcp::cli
