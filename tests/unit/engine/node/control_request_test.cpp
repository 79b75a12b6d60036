#include "engine/node/control_request.hpp"

#include <gmock/gmock.h>

#include "engine/base/random.hpp"

namespace dwcp::node {
namespace {

using testing::HasSubstr;

Result<ControlRequest> parse(std::string_view line) {
  std::optional<std::uint64_t> id;
  return parse_request(line, id);
}
std::string error_of(std::string_view line) {
  const auto request = parse(line);
  return request ? "none" : request.error().message();
}

TEST(ControlRequest, ReadsAMigration) {
  std::optional<std::uint64_t> id;
  const auto request = parse_request(
      R"({"dwcp":1,"id":7,"do":"migrate","vm":"web-1","to":"host-b","post_copy":true,"copy_storage":true,)"
      R"("downtime_max_s":0.25,"timeout_s":600,"on_timeout":"pause","throttle_max_percent":40,"follow":true})",
      id);
  ASSERT_TRUE(request) << request.error().message();
  EXPECT_EQ(id, 7u);
  const auto& migrate = std::get<MigrateRequest>(request->what);
  EXPECT_TRUE(migrate.follow);
  EXPECT_EQ(migrate.order.vm, VmId("web-1"));
  EXPECT_EQ(migrate.order.to, "host-b");
  EXPECT_EQ(migrate.order.movement, migration::Movement::post_copy);
  EXPECT_TRUE(migrate.order.copy_disks);
  EXPECT_EQ(migrate.order.downtime_max, std::chrono::milliseconds(250));
  EXPECT_EQ(migrate.order.timeout, std::chrono::minutes(10));
  EXPECT_EQ(migrate.order.on_timeout, migration::OnTimeout::stop_guest);
  EXPECT_EQ(migrate.order.throttle_max, 40u);
}

TEST(ControlRequest, LeavesOutWhatTheNodeDecides) {
  const auto request = parse(R"({"dwcp":1,"do":"migrate","vm":"v","to":"h"})");
  ASSERT_TRUE(request);
  const Order& order = std::get<MigrateRequest>(request->what).order;
  EXPECT_FALSE(order.downtime_max || order.timeout || order.on_timeout || order.throttle_max || order.copy_disks);
  EXPECT_FALSE(std::get<StatusRequest>(parse(R"({"dwcp":1,"do":"status"})")->what).vm);
  EXPECT_EQ(std::get<CancelRequest>(parse(R"({"dwcp":1,"do":"cancel","vm":"v"})")->what).vm, VmId("v"));
}

TEST(ControlRequest, SaysWhatIsWrong) {
  EXPECT_THAT(error_of(""), HasSubstr("no JSON object"));
  EXPECT_THAT(error_of("{\"dwcp\":1"), HasSubstr("parse error at line 1, column"));
  EXPECT_THAT(error_of("[1]"), HasSubstr("one JSON object"));
  EXPECT_THAT(error_of("{}"), HasSubstr("does not say \"dwcp\":1"));
  EXPECT_THAT(error_of(R"({"dwcp":2,"do":"status"})"), HasSubstr("version 2; this agent speaks 1"));
  EXPECT_THAT(error_of(R"({"dwcp":1})"), HasSubstr("'do' is missing; status, migrate, cancel or follow"));
  EXPECT_THAT(error_of(R"({"dwcp":1,"do":"dance"})"), HasSubstr("'do' is \"dance\"; status, migrate"));
  EXPECT_THAT(error_of(R"({"dwcp":1,"do":"cancel"})"), HasSubstr("'vm' is missing; a text"));
  EXPECT_THAT(error_of(R"({"dwcp":1,"do":"cancel","vm":5})"), HasSubstr("'vm' is 5; a text"));
  EXPECT_THAT(error_of(R"({"dwcp":1,"do":"cancel","vm":""})"), HasSubstr("1 to 255 bytes"));
  EXPECT_THAT(error_of(R"({"dwcp":1,"do":"status","wm":"x"})"),
              HasSubstr("unknown field \"wm\"; known here: dwcp, id, do, vm"));
  EXPECT_THAT(error_of(R"({"dwcp":1,"do":"migrate","vm":"v","to":"h","timeout_s":-1})"),
              HasSubstr("seconds from 0 to"));
  EXPECT_THAT(error_of(R"({"dwcp":1,"do":"migrate","vm":"v","to":"h","timeout_s":"5"})"),
              HasSubstr("seconds from 0 to"));
  EXPECT_THAT(error_of(R"({"dwcp":1,"do":"migrate","vm":"v","to":"h","on_timeout":"stop"})"),
              HasSubstr("cancel, pause or post-copy"));
  EXPECT_THAT(error_of(R"({"dwcp":1,"do":"migrate","vm":"v","to":"h","throttle_max_percent":100})"),
              HasSubstr("a whole number from 0 to 99"));
  EXPECT_THAT(error_of(R"({"dwcp":1,"do":"migrate","vm":"v","to":"h","follow":1})"), HasSubstr("true or false"));
  EXPECT_THAT(error_of(std::string(request_size_max + 1, ' ')), HasSubstr("at most 65536"));
}

TEST(ControlRequest, NamesTheAnswerEvenOfWhatIsWrong) {
  std::optional<std::uint64_t> id;
  EXPECT_FALSE(parse_request(R"({"dwcp":1,"id":3,"do":"dance"})", id));
  EXPECT_EQ(id, 3u);
  EXPECT_FALSE(parse_request(R"({"dwcp":1,"id":"x","do":"status"})", id));
  EXPECT_FALSE(id);
}

TEST(ControlRequest, OutlivesAnyBytes) {
  const std::string good =
      R"({"dwcp":1,"id":7,"do":"migrate","vm":"web-1","to":"host-b","timeout_s":600,"follow":true})";
  Random random(5);
  for (int i = 0; i < 20'000; ++i) {
    std::string line = good;
    for (std::uint64_t n = random.below(6); n-- > 0;)
      line[random.below(line.size())] = static_cast<char>(random.below(256));
    if (random.below(4) == 0) line.resize(random.below(line.size()));
    parse(line);
  }
  parse(std::string(request_size_max, '['));
}

}  // namespace
}  // namespace dwcp::node
