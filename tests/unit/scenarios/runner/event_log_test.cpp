#include "scenarios/runner/event_log.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace dwcp::scenarios {
namespace {

using namespace std::chrono_literals;

TEST(EventLog, WritesOneJsonObjectALine) {
  const platform::Record record{
      TimePoint(1500us),
      "ny-1/agent",
      "agent.ready",
      {{"node", "ny \"1\"\n"}, {"size_bytes", MiB(1)}, {"share", 0.1}, {"ok", true}, {"delta", -3}}};
  const std::string line = to_json_line(record);
  EXPECT_EQ(line,
            "{\"time_ns\":1500000,\"source\":\"ny-1/agent\",\"event\":\"agent.ready\",\"node\":\"ny \\\"1\\\"\\n\","
            "\"size_bytes\":1048576,\"share\":0.1,\"ok\":true,\"delta\":-3}\n");
  EXPECT_TRUE(nlohmann::json::accept(line));
}

TEST(EventLog, SurvivesNumbersAndTextsThatJsonHasNot) {
  const platform::Record record{TimePoint(), "p", "e", {{"rate", 1.0 / 0.0}, {"text", std::string("\xff")}}};
  EXPECT_TRUE(nlohmann::json::accept(to_json_line(record)));
}

TEST(EventLog, NamesTheFileThatItCannotMake) { EXPECT_THROW(EventLog("/nowhere/at/all.jsonl"), Error); }

TEST(EventLog, AFullDiskIsAnError) {
  EventLog log("/dev/full");
  log.add_line(std::string(1 << 16, 'x') + "\n");
  EXPECT_THROW(log.close(), Error);
}

}  // namespace
}  // namespace dwcp::scenarios
