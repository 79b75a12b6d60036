// dwcp migrate, status and cancel, as their users run them.
#include <gmock/gmock.h>

#include "tests/unit/cli/agent/two_agents.hpp"

namespace dwcp::cli {
namespace {

using migration::GuestState;
using node::test::Json;
using testing::HasSubstr;
using testing::IsEmpty;

class Clients : public TwoAgents {};

TEST_F(Clients, MigrateMovesAGuestAndShowsHow) {
  start();
  const auto migrate = program("migrate", {"migrate", "web-1", "--to", "host-b"});
  EXPECT_EQ(migrate->wait(), 0) << migrate->diagnostics();
  EXPECT_THAT(migrate->output(), HasSubstr("web-1  host-a → host-b"));
  EXPECT_THAT(migrate->output(), HasSubstr("✓ completed"));
  EXPECT_THAT(migrate->output(), HasSubstr("downtime"));
  EXPECT_THAT(migrate->diagnostics(), HasSubstr("dwcp: web-1 → host-b: "));
  EXPECT_EQ(b_.state(vm()), GuestState::running);
  const auto status = program("status", {"status"});
  EXPECT_EQ(status->wait(), 0) << status->diagnostics();
  EXPECT_THAT(status->output(), HasSubstr("✓ web-1 → host-b  completed"));
  EXPECT_THAT(status->output(), HasSubstr("web-2"));
}

TEST_F(Clients, JsonIsOneObjectAndNothingElse) {
  start();
  const auto migrate = program("migrate", {"migrate", "web-1", "--to", "host-b", "--json", "--max-downtime", "2s"});
  EXPECT_EQ(migrate->wait(), 0) << migrate->diagnostics();
  EXPECT_THAT(migrate->diagnostics(), IsEmpty());
  const Json result = Json::parse(migrate->output());
  EXPECT_EQ(result["schema"], 1);
  EXPECT_EQ(result["outcome"], "completed");
  EXPECT_EQ(result["forecast"]["downtime_max_s"], 2.0);
  EXPECT_GT(result["total_time_s"], 0);
  const auto refused = program("refused", {"migrate", "nobody", "--to", "host-b", "--json"});
  EXPECT_EQ(refused->wait(), 2);
  EXPECT_EQ(Json::parse(refused->output())["outcome"], "failed");
  const auto status = program("status", {"status", "--json"});
  EXPECT_EQ(status->wait(), 0);
  EXPECT_EQ(Json::parse(status->output())["node"], "host-a");
}

TEST_F(Clients, CtrlCLeavesTheMigrationRunningAndCancelCallsItOff) {
  slow_down();
  start();
  const auto migrate = program("migrate", {"migrate", "web-1", "--to", "host-b"});
  ASSERT_TRUE(migrate->says("round")) << migrate->diagnostics();
  migrate->signal(SIGINT);
  EXPECT_EQ(migrate->wait(), 105);
  EXPECT_THAT(migrate->diagnostics(), HasSubstr("the migration of web-1 goes on; dwcp status web-1 --watch"));
  const auto status = program("status", {"status", "web-1", "--json"});
  EXPECT_EQ(status->wait(), 0);
  EXPECT_EQ(Json::parse(status->output())["migrations"][0]["state"], "running");
  const auto cancel = program("cancel", {"cancel", "web-1"});
  EXPECT_EQ(cancel->wait(), 0) << cancel->diagnostics();
  EXPECT_EQ(cancel->output(), "web-1 runs on here\n");
  EXPECT_EQ(a_.state(vm()), GuestState::running);
}

TEST_F(Clients, WhoFollowsHearsOfTheCancellation) {
  slow_down();
  start();
  const auto migrate = program("migrate", {"migrate", "web-1", "--to", "host-b"});
  ASSERT_TRUE(migrate->says("round")) << migrate->diagnostics();
  EXPECT_EQ(program("cancel", {"cancel", "web-1"})->wait(), 0);
  EXPECT_EQ(migrate->wait(), 105);
  EXPECT_THAT(migrate->output(), HasSubstr("cancelled, runs on at the source"));
  const auto again = program("again", {"cancel", "web-1"});
  EXPECT_EQ(again->wait(), 2);
  EXPECT_THAT(again->diagnostics(), HasSubstr("no migration under way"));
}

TEST_F(Clients, AnOrderlyEndOfTheAgentIsToldToWhoFollows) {
  slow_down();
  start();
  const auto migrate = program("migrate", {"migrate", "web-1", "--to", "host-b"});
  ASSERT_TRUE(migrate->says("round")) << migrate->diagnostics();
  a_.stop();
  EXPECT_EQ(migrate->wait(), 105) << migrate->diagnostics();
  EXPECT_THAT(migrate->diagnostics(), HasSubstr("cancelled"));
  EXPECT_EQ(a_.guests().state(vm()), GuestState::running);
  EXPECT_FALSE(std::filesystem::exists(socket()));
}

TEST_F(Clients, DetachEndsAtOnce) {
  slow_down();
  start();
  const auto migrate = program("migrate", {"migrate", "web-1", "--to", "host-b", "--detach"});
  EXPECT_EQ(migrate->wait(), 0) << migrate->diagnostics();
  EXPECT_THAT(migrate->output(), HasSubstr("web-1 is on its way to host-b; dwcp status web-1 --watch follows it"));
  const auto second = program("second", {"migrate", "web-1", "--to", "host-b"});
  EXPECT_EQ(second->wait(), 1);
  EXPECT_THAT(second->diagnostics(), HasSubstr("ownership conflict"));
}

TEST_F(Clients, WithoutAnAgentTheySayWhatToDo) {
  const auto status = program("status", {"status"});
  EXPECT_EQ(status->wait(), 1);
  EXPECT_THAT(status->diagnostics(), HasSubstr("no agent answers at " + socket().string()));
  const auto bad = program("bad", {"migrate", "web-1", "--to", "host-b", "--timeout", "10"});
  EXPECT_EQ(bad->wait(), 2);
  EXPECT_THAT(bad->diagnostics(), HasSubstr("bad unit"));
}

}  // namespace
}  // namespace dwcp::cli
