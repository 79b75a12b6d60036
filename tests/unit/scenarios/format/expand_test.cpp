#include "scenarios/format/expand.hpp"

#include <gmock/gmock.h>

#include "scenarios/format/load.hpp"

namespace dwcp::scenarios {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

constexpr std::string_view two_racks = R"(name: test/fabric
about: two racks
duration: 60s
topology:
  hosts: {store: {}}
  fabric: {racks: 10, hosts: 3, rate: 10Gbit/s, oversubscription: 4, host: {cores: 7, memory: 1GiB}}
  links:
    - {between: [store, spine], rate: 1Gbit/s, delay: 5us}
vms:
  guest: {host: 'host-01-*', memory: 64MiB}
  lone: {host: store, memory: 64MiB}
events:
  - at: 1s
    evacuate: {host: 'host-01-*', to: ['host-02-*'], at_once: 2}
)";

TEST(Expand, AFabricItsGuestsAndTheirEvacuation) {
  const auto loaded = read_scenario(parse_document(two_racks, "f.yaml").value(), "f.yaml");
  ASSERT_TRUE(loaded) << loaded.error().message();
  const Topology& t = loaded->topology;
  EXPECT_THAT(t.hosts, SizeIs(31));
  EXPECT_EQ(t.hosts.at("host-10-3").cores, 7u);
  EXPECT_THAT(t.switches, SizeIs(11));
  EXPECT_THAT(t.links, SizeIs(1 + 10 * 4));
  const auto up = std::ranges::find(t.links, "uplink-07", &Link::name);
  ASSERT_NE(up, t.links.end());
  EXPECT_THAT(up->between, ElementsAre("rack-07", "spine"));
  EXPECT_EQ(up->rate, BitRate(7'500'000'000));

  EXPECT_THAT(loaded->vms, SizeIs(4));
  EXPECT_EQ(loaded->vms.at("guest-host-01-2").host, "host-01-2");
  EXPECT_EQ(loaded->vms.at("lone").host, "store");

  ASSERT_THAT(loaded->events, SizeIs(3));
  EXPECT_EQ(loaded->events[2].evacuate->host, "host-01-3");
  EXPECT_EQ(loaded->events[2].evacuate->at_once, 2u);
  EXPECT_THAT(loaded->events[2].evacuate->to, ElementsAre("host-02-1", "host-02-2", "host-02-3"));
}

}  // namespace
}  // namespace dwcp::scenarios
