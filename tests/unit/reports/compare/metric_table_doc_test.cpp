// docs/gate.md shows the table that decides.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "reports/compare/metric_table.hpp"
#include "reports/text.hpp"

namespace dwcp::reports {
namespace {

std::string cell(const std::string& text) { return text.empty() ? " |" : " " + text + " |"; }

std::string share_text(double share) {
  std::ostringstream text;
  if (share > 0) text << 100 * share << " %";
  return text.str();
}

std::string line_of(const MetricTraits& row) {
  constexpr const char* better[] = {"–", "less", "more", "less, without a test"};
  std::string line = "| `" + std::string(row.pattern) + "` |" + cell(better[static_cast<std::size_t>(row.good)]);
  if (row.clock == MetricClock::wall) return line + " wall clock | | |";
  if (row.good == Good::none) return line + " not gated | | |";
  if (row.share == 0 && row.floor == 0) return line + " exact | | |";
  return line + cell(share_text(row.share)) + cell(row.floor > 0 ? metric_text(row.pattern, row.floor) : "") +
         cell(share_text(row.share_elsewhere));
}

TEST(MetricTable, IsTheDocuments) {
  std::ostringstream document;
  document << std::ifstream(DWCP_SOURCE_DIR "/docs/gate.md").rdbuf();
  std::size_t at = 0;
  for (const MetricTraits& row : metric_table()) {
    const std::size_t found = document.str().find("\n" + line_of(row) + "\n", at);
    EXPECT_NE(found, std::string::npos) << "docs/gate.md lacks, at its place: " << line_of(row);
    if (found != std::string::npos) at = found + 1;
  }
}

}  // namespace
}  // namespace dwcp::reports
