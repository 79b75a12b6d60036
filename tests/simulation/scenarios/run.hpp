// Runs scenarios as the program does, into a folder of the test's own.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "reports/result.hpp"
#include "scenarios/runner/runner.hpp"

namespace dwcp::scenarios {

inline std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

class RunTest : public testing::Test {
 protected:
  static constexpr const char* small = DWCP_SOURCE_DIR "/tests/data/scenarios/small.yaml";

  void SetUp() override {
    out_ = std::filesystem::path(testing::TempDir()) / ("dwcp-runs-" + std::to_string(getpid()) + "-" +
                                                        testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(out_);
  }
  void TearDown() override {
    if (!HasFailure()) std::filesystem::remove_all(out_);
  }

  RunOptions options(std::vector<std::string> overrides = {}) const {
    RunOptions o;
    o.files = {small};
    o.overrides = std::move(overrides);
    o.out = out_;
    o.quiet = true;
    return o;
  }
  std::filesystem::path latest(const std::string& scenario = "test/small") const { return out_ / scenario / "latest"; }
  reports::Result result() const { return reports::parse_result(content_of(latest() / "result.json")).value(); }
  std::string events() const { return content_of(latest() / "events.jsonl"); }

  std::filesystem::path out_;
};

}  // namespace dwcp::scenarios
