// Two nodes move modelled guests over loopback, asked by clients of the control protocol.
#include <gmock/gmock.h>

#include "tests/unit/engine/node/two_nodes.hpp"

namespace dwcp::node::test {
namespace {

using migration::GuestState;
using testing::HasSubstr;

std::string error_of(const Json& answer) { return answer.value("/error/text"_json_pointer, answer.dump()); }

class NodeTest : public TwoNodes {};

TEST_F(NodeTest, MovesAGuestAndTellsOfItsWay) {
  start();
  Client client(a_);
  const Json begun = client.ask(migrate());
  ASSERT_TRUE(begun["ok"]) << begun;
  EXPECT_EQ(begun["job"]["vm"], "web-1");
  const Json job = client.until_ended();
  EXPECT_EQ(job["report"]["outcome"], "completed") << job;
  EXPECT_EQ(job["report"]["from"], "host-a");
  EXPECT_EQ(job["report"]["to"], "host-b");
  EXPECT_GE(job["report"]["rounds"], 1);
  EXPECT_GE(job["report"]["bytes_guest"], MiB(16).value);
  EXPECT_GT(job["report"]["classes"]["raw"]["bytes_out"], 0);
  EXPECT_EQ(a_.state(vm()), GuestState::absent);
  EXPECT_EQ(b_.state(vm()), GuestState::running);

  const Json here = client.status();
  ASSERT_EQ(here["guests"].size(), 1u) << here;
  EXPECT_EQ(here["guests"][0]["vm"], "web-2");
  ASSERT_EQ(here["migrations"].size(), 1u);
  EXPECT_EQ(here["migrations"][0]["state"], "ended");
  EXPECT_TRUE(here["unsettled"].empty()) << here;
  EXPECT_TRUE(here["ready"]);
  EXPECT_GT(here["processor_time_s"]["encode"], 0) << here;
  Client there(b_);
  const Json arrived = there.status();
  ASSERT_EQ(arrived["guests"].size(), 1u) << arrived;
  EXPECT_EQ(arrived["guests"][0]["state"], "running");
  EXPECT_TRUE(arrived["guests"][0]["owner_here"]);
  EXPECT_GT(arrived["processor_time_s"]["apply"], 0) << arrived;
}

TEST_F(NodeTest, TellsHowARunningMigrationStands) {
  slow_down();
  start();
  Client client(a_);
  ASSERT_TRUE(client.ask(migrate())["ok"]);
  const Json job = client.until_moving();
  EXPECT_EQ(job["state"], "running");
  EXPECT_GE(job["progress"]["round"], 0);
  const Json seen = client.ask({{"do", "status"}, {"vm", "web-1"}})["status"];
  ASSERT_EQ(seen["migrations"].size(), 1u) << seen;
  EXPECT_EQ(seen["migrations"][0]["state"], "running");
  EXPECT_EQ(seen["guests"].size(), 1u);
  // That it is not settled is no news while it is under way.
  EXPECT_TRUE(seen["unsettled"].empty()) << seen;
  Client there(b_);
  EXPECT_EQ(there.status()["incoming"], Json::parse(R"([{"vm":"web-1"}])"));
}

TEST_F(NodeTest, ACancelledGuestRunsOnHere) {
  slow_down();
  start();
  Client client(a_), other(a_);
  ASSERT_TRUE(client.ask(migrate())["ok"]);
  client.until_moving();
  const Json answer = other.ask({{"do", "cancel"}, {"vm", "web-1"}});
  ASSERT_TRUE(answer["ok"]) << answer;
  EXPECT_TRUE(answer["job"]["cancel_asked"]);
  const Json job = client.until_ended();
  EXPECT_EQ(job["report"]["outcome"], "cancelled") << job;
  EXPECT_EQ(a_.state(vm()), GuestState::running);
  EXPECT_EQ(b_.state(vm()), GuestState::absent);
  EXPECT_THAT(error_of(other.ask({{"do", "cancel"}, {"vm", "web-1"}})), HasSubstr("no migration under way"));
}

TEST_F(NodeTest, ASecondRequestForTheSameGuestIsRefused) {
  slow_down();
  start();
  Client client(a_), other(a_);
  ASSERT_TRUE(client.ask(migrate())["ok"]);
  const Json answer = other.ask(migrate());
  EXPECT_FALSE(answer["ok"]);
  EXPECT_EQ(answer["error"]["code"], static_cast<int>(Errc::ownership_conflict));
  EXPECT_THAT(error_of(answer), HasSubstr("'web-1' is being migrated to 'host-b' already (job 1)"));
}

TEST_F(NodeTest, AClientThatGoesAwayLeavesItsMigrationRunning) {
  start();
  {
    Client client(a_);
    ASSERT_TRUE(client.ask(migrate())["ok"]);
    client.go_away();
  }
  Client other(a_);
  ASSERT_TRUE(other.ask({{"do", "follow"}, {"vm", "web-1"}})["ok"]);
  EXPECT_EQ(other.until_ended()["report"]["outcome"], "completed");
  EXPECT_EQ(b_.state(vm()), GuestState::running);
}

TEST_F(NodeTest, WhatCannotBeginIsRefusedAtOnce) {
  start();
  Client client(a_);
  Json request = migrate("nobody");
  EXPECT_THAT(error_of(client.ask(request)), HasSubstr("VM 'nobody' is not on node 'host-a'"));
  request = migrate();
  request["to"] = "host-c";
  EXPECT_THAT(error_of(client.ask(request)),
              HasSubstr("neither a peer of node 'host-a' nor ADDRESS:PORT; peers: host-b"));
  request["to"] = "host-a";
  EXPECT_THAT(error_of(client.ask(request)), HasSubstr("this very node"));
  EXPECT_THAT(error_of(client.ask({{"do", "status"}, {"vm", "nobody"}})), HasSubstr("VM 'nobody' is not on node"));
  EXPECT_THAT(error_of(client.ask({{"do", "follow"}, {"vm", "web-1"}})), HasSubstr("has no migration"));
  EXPECT_TRUE(client.status()["migrations"].empty());
}

// Modelled guests have no post-copy: the refusal shows that it was asked for.
TEST_F(NodeTest, WhatMayTurnToPostCopyBeginsSo) {
  start();
  Client client(a_);
  Json request = migrate();
  request["timeout_s"] = 60;
  request["on_timeout"] = "post-copy";
  request["follow"] = true;
  const Json begun = client.ask(request);
  ASSERT_TRUE(begun["ok"]) << begun;
  EXPECT_THAT(client.until_ended()["report"]["reason"].get<std::string>(), HasSubstr("it moves by pre-copy"));
}

TEST_F(NodeTest, AnUnreachablePeerLeavesTheGuestHere) {
  a_.config.agent.session.connect_timeout = std::chrono::milliseconds(300);
  a_.config.peers["host-c"] = {{asio::ip::address_v4::loopback(), free_port()}};
  start();
  Client client(a_);
  Json request = migrate();
  request["to"] = "host-c";
  ASSERT_TRUE(client.ask(request)["ok"]);
  const Json job = client.until_ended();
  EXPECT_EQ(job["report"]["outcome"], "rolled_back") << job;
  EXPECT_NE(job["report"]["reason"], "");
  EXPECT_EQ(a_.state(vm()), GuestState::running);
}

TEST_F(NodeTest, MigrationsBeyondTheBoundWaitTheirTurn) {
  slow_down();
  a_.config.outgoing_max = 1;
  start();
  Client first(a_), second(a_);
  ASSERT_TRUE(first.ask(migrate("web-1"))["ok"]);
  first.until_moving();
  ASSERT_TRUE(second.ask(migrate("web-2"))["ok"]);
  EXPECT_EQ(second.ask({{"do", "status"}, {"vm", "web-2"}})["status"]["migrations"][0]["state"], "waiting");
  ASSERT_TRUE(second.ask({{"do", "cancel"}, {"vm", "web-2"}})["ok"]);
  const Json job = second.until_ended();
  EXPECT_EQ(job["report"]["outcome"], "cancelled") << job;
  EXPECT_THAT(job["report"]["reason"], HasSubstr("it had not begun"));
}

TEST_F(NodeTest, ThoseThatWaitedGoOn) {
  a_.config.outgoing_max = 1;
  start();
  Client first(a_), second(a_);
  ASSERT_TRUE(first.ask(migrate("web-1"))["ok"]);
  ASSERT_TRUE(second.ask(migrate("web-2"))["ok"]);
  EXPECT_EQ(first.until_ended()["report"]["outcome"], "completed");
  EXPECT_EQ(second.until_ended()["report"]["outcome"], "completed");
}

}  // namespace
}  // namespace dwcp::node::test
