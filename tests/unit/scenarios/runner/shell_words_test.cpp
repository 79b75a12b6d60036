#include "scenarios/runner/shell_words.hpp"

#include <gtest/gtest.h>

namespace dwcp::scenarios {
namespace {

TEST(ShellWords, AreQuotedOnlyWhereTheyMust) {
  EXPECT_EQ(shell_quoted("scenarios/a-b.yaml"), "scenarios/a-b.yaml");
  EXPECT_EQ(shell_quoted("a b"), "'a b'");
  EXPECT_EQ(shell_quoted("a'b"), "'a'\\''b'");
  EXPECT_EQ(shell_quoted("$(x)"), "'$(x)'");
  EXPECT_EQ(shell_quoted(""), "''");
}

}  // namespace
}  // namespace dwcp::scenarios
