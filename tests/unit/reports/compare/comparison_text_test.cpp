#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "reports/compare/compare.hpp"
#include "reports/compare/figure_text.hpp"
#include "tests/unit/reports/compare/runs_for_test.hpp"

namespace dwcp::reports {
namespace {

using testing::HasSubstr;
using testing::Not;

Comparison sample_comparison() {
  NamedRuns a{"results/before", {}}, b{"results/after", {}};
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    const double x = 1 + 0.01 * static_cast<double>(seed);
    a.runs.push_back(run_with(seed, {{"migration.bytes_wire", 5e7 * x},
                                     {"amst.goodput_bps", 4e8 * x},
                                     {"hde.class_bytes.unchanged", 1e6 * x},
                                     {"sim.resident_slope_bytes_per_hour", 10 * x},
                                     {"migration.rounds", 3}}));
    b.runs.push_back(run_with(seed, {{"migration.bytes_wire", 5.4e7 * x},
                                     {"amst.goodput_bps", 4.4e8 * x},
                                     {"hde.class_bytes.unchanged", 2e6 * x},
                                     {"sim.resident_slope_bytes_per_hour", 10 * (2.13 - x)},
                                     {"migration.rounds", 3}}));
    b.runs.back().commit = "def5678";
  }
  return compare(a, b, {}).value();
}

TEST(ComparisonText, FitsTheTerminal) {
  for (const unsigned width : {80u, 120u}) {
    std::istringstream lines(render_comparison(sample_comparison(), {false, width}, true));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(columns(line), width) << line;
  }
}

TEST(ComparisonText, SaysWhatIsComparedAndWhatBecameOfIt) {
  const std::string text = render_comparison(sample_comparison(), {false, 80}, false);
  for (const char* part : {"results/before", "results/after", "12 runs", "seeds 1..12", "commit abc1234",
                           "commit def5678", "paired by seed", "1 worse", "1 better", "1 changed", "1 same"})
    EXPECT_THAT(text, HasSubstr(part));
  EXPECT_LT(text.find("✗ worse"), text.find("✓ better"));
  EXPECT_LT(text.find("✓ better"), text.find("~ changed"));
  EXPECT_THAT(text, Not(HasSubstr("migration.rounds")));  // the same
  EXPECT_THAT(render_comparison(sample_comparison(), {false, 80}, true), HasSubstr("migration.rounds"));
}

TEST(ComparisonText, ColoursOnlyWhereAsked) {
  EXPECT_THAT(render_comparison(sample_comparison(), {false, 80}, true), Not(HasSubstr("\x1b")));
  EXPECT_THAT(render_comparison(sample_comparison(), {true, 80}, true), HasSubstr("\x1b[31m"));
}

TEST(ComparisonText, WideTerminalsGetIntervalAndEffect) {
  EXPECT_THAT(render_comparison(sample_comparison(), {false, 120}, false), HasSubstr("interval"));
  EXPECT_THAT(render_comparison(sample_comparison(), {false, 80}, false), Not(HasSubstr("interval")));
}

TEST(ComparisonText, LongNamesOfCasesStandAlone) {
  NamedRuns a{"a.json", {run_with(0, {})}};
  a.runs.front().bench = true;
  const std::string name = "100 Mbit/s, 50 ms RTT, 1 % loss, plain text, x 1, bbr: goodput";
  a.runs.front().figures[name] = {11e6, "bytes/s"};
  NamedRuns b = a;
  b.runs.front().figures[name].value = 9e6;
  const std::string text = render_comparison(compare(a, b, {}).value(), {false, 80}, false);
  EXPECT_THAT(text, HasSubstr(name + "\n"));
  EXPECT_THAT(text, HasSubstr("10.5 MiB/s"));
}

TEST(FigureText, Changes) {
  EXPECT_EQ(change_text(100, 105.4), "+5.4 %");
  EXPECT_EQ(change_text(-100, -50), "+50.0 %");
  EXPECT_EQ(change_text(100, 100), "0 %");
  EXPECT_EQ(change_text(0, 3), "from 0");
  EXPECT_EQ(change_text(1e6, 1e6 + 100), "+0.01 %");
  EXPECT_EQ(change_text(1, 25), "× 25");
}

TEST(FigureText, LongNamesKeepBothEnds) {
  EXPECT_EQ(cut_middle("100 Mbit/s, 50 ms RTT: goodput", 15), "100 Mbi…goodput");
  EXPECT_EQ(cut_middle("ääääää", 5), "ää…ää");
  EXPECT_EQ(cut_middle("short", 15), "short");
}

TEST(FigureText, LongSentencesAreBrokenAtSpaces) {
  EXPECT_EQ(wrapped("one two three", 9, 2, 4, {}, Ink::plain), "  one two\n    three\n");
}

}  // namespace
}  // namespace dwcp::reports
