// Agents die at every moment of the hand-over. Whatever happens: one guest, intact, on one host.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/simulation/migration/two_hosts.hpp"

namespace dwcp::migration::test {
namespace {

using namespace std::chrono_literals;

struct Case {
  const char* moment;  // the record after which the agent dies
  std::size_t victim;
};

// Without it the case's name would hold an address, different in each run.
void PrintTo(const Case& c, std::ostream* out) { *out << c.moment << (c.victim ? ", destination" : ", source"); }

class HandOver : public testing::TestWithParam<Case> {};

TEST_P(HandOver, OneOwnerWhateverDies) {
  Stage stage;
  stage.guest.memory = MiB(8);
  stage.agent.session.streams_min = 2;  // more than the one stream on which agents settle what was left open
  TwoHosts hosts(stage);
  hosts.migrate();
  hosts.world().run_until([&] { return hosts.count(GetParam().moment) > 0; }, hosts.world().now() + 60s);
  ASSERT_GT(hosts.count(GetParam().moment), 0u) << "never came: " << GetParam().moment;
  hosts.kill(GetParam().victim);
  hosts.run_for(500ms);
  EXPECT_LE(hosts.running(), 1u);
  hosts.restart(GetParam().victim);
  hosts.run_for(60s);
  EXPECT_EQ(hosts.running(), 1u);
  EXPECT_EQ(hosts.running_max(), 1u);
  EXPECT_EQ(hosts.differences_at_hand_over(), 0u);
  // The other copy is gone: nothing paused stays behind.
  const bool at_source = hosts.state(0) == GuestState::running;
  EXPECT_EQ(hosts.state(at_source ? 1 : 0), GuestState::absent);
}

INSTANTIATE_TEST_SUITE_P(
    Moments, HandOver,
    testing::Values(Case{"migration.started", 0}, Case{"migration.started", 1}, Case{"migration.guest_stopped", 0},
                    Case{"migration.guest_stopped", 1}, Case{"migration.prepared", 0}, Case{"migration.prepared", 1},
                    Case{"migration.decided", 0}, Case{"migration.decided", 1}, Case{"migration.owner", 0},
                    Case{"migration.owner", 1}, Case{"migration.settled", 0}, Case{"migration.settled", 1}),
    [](const auto& test) {
      std::string name = test.param.moment + std::string(test.param.victim ? "_destination" : "_source");
      std::ranges::replace(name, '.', '_');
      return name;
    });

}  // namespace
}  // namespace dwcp::migration::test
