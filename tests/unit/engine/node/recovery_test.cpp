// Nodes that end, in order or not, and what the next life finds.
#include <gmock/gmock.h>

#include "engine/migration/ledger.hpp"
#include "tests/unit/engine/node/two_nodes.hpp"

namespace dwcp::node::test {
namespace {

using migration::Entry;
using migration::GuestState;
using migration::Role;
using migration::Step;
using testing::HasSubstr;

class NodeRecovery : public TwoNodes {
 protected:
  // What a former life of the agent left in its journal.
  static void leave_behind(const NodeHost& host, Entry entry) {
    platform::native::NativePlatform platform({.root = host.folder(), .lanes = 1, .compute_threads = 1});
    platform.run([](platform::Platform& p, Entry left) -> Task<void> {
      const auto ledger = co_await migration::Ledger::open(p);
      co_await ledger->record(std::move(left));
    }(platform, std::move(entry)));
  }
  Entry entry(Role role, Step step) const {
    Entry left;
    left.vm = vm();
    left.epoch = Epoch(1);
    left.role = role;
    left.step = step;
    if (role == Role::source) left.peer.push_back({asio::ip::address_v4::loopback(), port_b_});
    return left;
  }
};

TEST_F(NodeRecovery, AnOrderlyEndLetsTheGuestRunOn) {
  slow_down();
  start();
  Client client(a_);
  ASSERT_TRUE(client.ask(migrate())["ok"]);
  client.until_moving();
  client.go_away();
  a_.stop();
  EXPECT_EQ(a_.guests().state(vm()), GuestState::running);
}

// Its source does not wait for it: that would take the five minutes of resume_timeout.
TEST_F(NodeRecovery, AnOrderlyEndOfTheDestinationIsToldToTheSource) {
  slow_down();
  start();
  Client client(a_);
  ASSERT_TRUE(client.ask(migrate())["ok"]);
  client.until_moving();
  b_.stop();
  const Json ended = client.until_ended();
  EXPECT_EQ(ended["report"]["outcome"], "rolled_back");
  EXPECT_THAT(ended["report"]["reason"].get<std::string>(), ::testing::HasSubstr("the agent of this host ends"));
  EXPECT_EQ(a_.guests().state(vm()), GuestState::running);
}

TEST_F(NodeRecovery, AKilledAgentsGuestRunsOnAndTheNextLifeSaysSo) {
  slow_down();
  start();
  {
    Client client(a_);
    ASSERT_TRUE(client.ask(migrate())["ok"]);
    client.until_moving();
    client.go_away();
    a_.kill();
  }
  EXPECT_EQ(a_.guests().state(vm()), GuestState::running);
  a_.config.agent.session.rate_limit = BitRate(0);
  a_.start();
  Client client(a_);
  const Json status = client.status();
  EXPECT_TRUE(status["migrations"].empty());
  ASSERT_EQ(status["guests"].size(), 2u) << status;
  EXPECT_TRUE(status["guests"][0]["owner_here"]);
  // Nothing of the former life stands in the way of a new attempt.
  ASSERT_TRUE(client.ask(migrate())["ok"]);
  EXPECT_EQ(client.until_ended()["report"]["outcome"], "completed");
  EXPECT_EQ(b_.state(vm()), GuestState::running);
}

TEST_F(NodeRecovery, ADecidedHandOverIsToldUntilItsDestinationHasSpoken) {
  leave_behind(a_, entry(Role::source, Step::committed));
  a_.start();
  Client client(a_);
  const Json status = client.status();
  ASSERT_EQ(status["unsettled"].size(), 1u) << status;
  EXPECT_EQ(status["unsettled"][0]["vm"], "web-1");
  EXPECT_EQ(status["unsettled"][0]["peer"], "host-b");
  EXPECT_TRUE(status["unsettled"][0]["decided"]);
  EXPECT_EQ(status["unsettled"][0]["text"], "decided: belongs to host-b, waiting for its word that it runs");
  const Json refused = client.ask(migrate());
  EXPECT_FALSE(refused["ok"]);
  EXPECT_THAT(refused.dump(), HasSubstr("belongs to host-b"));

  leave_behind(b_, entry(Role::destination, Step::serving));
  b_.start();
  while (!client.status()["unsettled"].empty()) std::this_thread::yield();
}

TEST_F(NodeRecovery, APreparedGuestWaitsForItsSource) {
  leave_behind(b_, entry(Role::destination, Step::prepared));
  b_.start();
  Client client(b_);
  const Json status = client.status();
  ASSERT_EQ(status["unsettled"].size(), 1u) << status;
  EXPECT_EQ(status["unsettled"][0]["direction"], "incoming");
  EXPECT_EQ(status["unsettled"][0]["text"], "complete here, waiting for the source's word to let it run");
}

}  // namespace
}  // namespace dwcp::node::test
