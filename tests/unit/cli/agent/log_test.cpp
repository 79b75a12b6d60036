#include "cli/agent/log.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace dwcp::cli {
namespace {

platform::Record record() {
  return {TimePoint(std::chrono::seconds(3)),
          "host-a",
          "migration.ended",
          {{"vm", "web 1"},
           {"completed", true},
           {"reason", ""},
           {"downtime_ns", Duration(std::chrono::milliseconds(84))},
           {"memory_bytes", GiB(4)},
           {"link_bps", BitRate(1'000'000'000)},
           {"epoch", 3}}};
}

TEST(Log, IsReadByPeople) {
  EXPECT_EQ(text_line(record()),
            "migration.ended vm=\"web 1\" completed=true reason=\"\" downtime=84ms memory=4GiB link=1Gbit/s epoch=3");
}

TEST(Log, NeverCarriesWhatATerminalObeys) {
  const platform::Record hostile{{}, "a", "x", {{"reason", std::string("\x1b[2Jgone\n")}}};
  EXPECT_EQ(text_line(hostile), "x reason=\"\\u001b[2Jgone\\n\"");
}

TEST(Log, IsReadByPrograms) {
  const WallTime time{std::chrono::milliseconds(1'000'000'000'123)};
  EXPECT_EQ(json_line(record(), time),
            R"({"time":"2001-09-09T01:46:40.123Z","name":"migration.ended","node":"host-a","vm":"web 1",)"
            R"("completed":true,"reason":"","downtime_ns":84000000,"memory_bytes":4294967296,)"
            R"("link_bps":1000000000,"epoch":3})");
}

TEST(Log, LeavesDetailsOutUnlessAskedFor) {
  std::ostringstream out;
  const platform::Record detail{{}, "a", "migration.progress", {}};
  Log(out, {.format = LogFormat::text, .detail = false}, false).write(detail);
  EXPECT_EQ(out.str(), "");
  Log(out, {.format = LogFormat::text, .detail = true}, false).write(detail);
  EXPECT_EQ(out.str(), "migration.progress\n");
}

}  // namespace
}  // namespace dwcp::cli
