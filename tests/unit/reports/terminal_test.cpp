#include "reports/terminal.hpp"

#include <gmock/gmock.h>

#include <sstream>

#include "tests/unit/reports/sample.hpp"

namespace dwcp::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(RenderResult, ShowsWhatThePersonAskedFor) {
  const std::string text = render_result(sample_result(), Style{}, "results/x");
  for (const char* part :
       {"internet/first-migration", "ny-1 → ldn-1", "completed", "931 Mbit/s", "93.7 %", "84 ms", "79 ms forecast",
        "zstd", "✓ migrations.completed == 1", "✗ migration.downtime_s < 80ms", "results/x"})
    EXPECT_THAT(text, HasSubstr(part));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(RenderResult, FitsTheTerminal) {
  for (const unsigned width : {60u, 80u, 100u}) {
    std::istringstream lines(render_result(sample_result(), Style{false, width}, ""));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(columns(line), std::max(width, 80u)) << line;
  }
}

TEST(RenderResult, AFailureSaysHowToReproduceIt) {
  Result r = sample_result();
  r.verdict = Verdict::failed;
  r.violations = {{"one_owner", std::chrono::seconds(3), "hosts a and b both run 'web-1'"}};
  const std::string text = render_result(r, Style{}, "");
  EXPECT_THAT(text, HasSubstr("✗ one_owner at 3 s: hosts a and b both run 'web-1'"));
  EXPECT_THAT(text,
              HasSubstr("reproduce: dwcp run scenarios/internet/first-migration.yaml --seed 7  (commit abc1234)"));
}

TEST(RenderSummary, CountsAndSpreads) {
  std::vector<Result> results;
  for (int i = 1; i <= 10; ++i) {
    Result r = sample_result();
    r.seed = static_cast<std::uint64_t>(i);
    r.metrics["migration.downtime_s"] = 0.01 * i;
    if (i == 4) r.verdict = Verdict::failed;
    results.push_back(r);
  }
  const std::string text = render_summary(results, Style{});
  EXPECT_THAT(text, HasSubstr("9 of 10 runs passed"));
  EXPECT_THAT(text, HasSubstr("✗ seed 4  migration.downtime_s < 80ms, got 84 ms"));
  EXPECT_THAT(text, testing::ContainsRegex("migration.downtime_s +50 ms +90 ms +100 ms +100 ms"));
  // What is the same in every run tells nothing.
  EXPECT_THAT(text, Not(HasSubstr("migrations.completed ")));
}

TEST(RenderProgress, FitsTheTerminal) {
  RunProgress p;
  p.virtual_time = std::chrono::milliseconds(1234);
  p.wall_s = 0.5;
  p.events_per_second = 1e6;
  p.migrated = 0.42;
  p.eta_s = 3;
  p.phase = "round 3, a very long phase that will not fit into eighty columns at all";
  const std::string line = render_progress(p, "internet/first-migration", Style{false, 80});
  EXPECT_LE(columns(line), 80u);
  EXPECT_THAT(line, HasSubstr("42.0 %"));
  EXPECT_THAT(render_progress(3, 1, 10, 2.0, "chaos/random-faults", Style{}), HasSubstr("3 of 10 runs, 1 failed"));
}

}  // namespace
}  // namespace dwcp::reports
