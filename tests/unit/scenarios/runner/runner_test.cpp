#include "scenarios/runner/runner.hpp"

#include <gtest/gtest.h>

namespace dwcp::scenarios {
namespace {

TEST(Seeds, AreARange) {
  EXPECT_EQ(parse_seeds("1..100").value(), (std::pair<std::uint64_t, std::uint64_t>(1, 100)));
  EXPECT_EQ(parse_seeds("7..7").value(), (std::pair<std::uint64_t, std::uint64_t>(7, 7)));
  for (const char* wrong : {"", "7", "1..", "..3", "3..1", "a..b", "1..2..3", "-1..2", "0..99999999"})
    EXPECT_FALSE(parse_seeds(wrong)) << wrong;
}

TEST(RunScenarios, NothingRunsWhenOneFileIsWrong) {
  RunOptions options;
  options.files = {DWCP_SOURCE_DIR "/scenarios/chaos/random-faults.yaml", "/nowhere.yaml"};
  options.out = std::filesystem::path(testing::TempDir()) / "dwcp-never-made";
  EXPECT_THROW(run_scenarios(options), Error);
  EXPECT_FALSE(std::filesystem::exists(options.out));
}

}  // namespace
}  // namespace dwcp::scenarios
