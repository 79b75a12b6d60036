// Loads through links as fluid: shares, queues, losses, cuts.
#include "sim/flow/network.hpp"

#include "tests/unit/sim/flow/fake_hop.hpp"

namespace dwcp::sim::flow {
namespace {

constexpr BitRate megabyte_a_second(8'000'000);
constexpr Bytes packet(1000);

struct Sink final : LoadSink {
  void load_passed(const Passed& load) override {
    passed.push_back(load);
    at.push_back(sim_now().time_since_epoch());
  }
  std::vector<Passed> passed;
  std::vector<Duration> at;
};

Network::Load load(std::uint64_t packets, std::uint64_t tag = 0) { return {tag, packets, packet * packets}; }

TEST(Network, ALoadPassesAtTheLinksRateAndArrivesAfterItsDelay) {
  const Simulation simulation;
  FakeHop hop(0, megabyte_a_second, 10ms);
  Network network;
  network.add_hop(hop);
  Sink sink;
  const auto flow = network.open({&hop}, packet, sink);
  EXPECT_EQ(network.give(flow, load(100, 7)).taken, 100u);
  simulation.run();
  ASSERT_EQ(sink.passed.size(), 1u);
  EXPECT_EQ(sink.passed[0].tag, 7u);
  EXPECT_EQ(sink.at[0], 100ms);
  EXPECT_EQ(sink.passed[0].arrival, TimePoint(110ms));
  EXPECT_EQ(sink.passed[0].first_out, TimePoint(1ms));
  network.close(flow);
}

TEST(Network, ASecondFlowTakesHalfForAsLongAsItLasts) {
  const Simulation simulation;
  FakeHop hop(0, megabyte_a_second, 0ms);
  Network network;
  network.add_hop(hop);
  Sink first, second;
  const auto a = network.open({&hop}, packet, first), b = network.open({&hop}, packet, second);
  network.give(a, load(100));
  simulation.at(50ms, [&] { network.give(b, load(25)); });
  simulation.run();
  EXPECT_EQ(second.at.at(0), 100ms);  // 25 ms of the link, at half of it
  EXPECT_EQ(first.at.at(0), 125ms);
  network.close(a);
  network.close(b);
}

// Shares are even, but packets pass in the order in which they came: what comes last is behind the whole queue.
TEST(Network, AShortMessageWaitsBehindWhatWasThereBefore) {
  const Simulation simulation;
  FakeHop hop(0, megabyte_a_second, 0ms);
  Network network;
  network.add_hop(hop);
  Sink first, second;
  const auto a = network.open({&hop}, packet, first), b = network.open({&hop}, packet, second);
  network.give(a, load(100));
  EXPECT_EQ(network.queueing(hop), 100ms);
  Duration arrived{0};
  simulation.at(20ms, [&] {
    EXPECT_EQ(network.queueing(hop), 80ms);
    network.give(b, load(1));
    network.message({&hop}, packet, [&] { arrived = sim_now().time_since_epoch(); });
  });
  simulation.run();
  EXPECT_EQ(second.passed.at(0).arrival, TimePoint(100ms));
  EXPECT_EQ(arrived, 102ms);
  network.close(a);
  network.close(b);
}

TEST(Network, WhatDoesNotFitTheQueueIsDropped) {
  const Simulation simulation;
  FakeHop hop(0, megabyte_a_second, 0ms, packet * 50);
  Network network;
  network.add_hop(hop);
  Sink sink;
  const auto flow = network.open({&hop}, packet, sink);
  EXPECT_EQ(network.give(flow, load(40)).taken, 40u);
  const auto second = network.give(flow, load(40));  // room for 10, and for the half that leaves meanwhile
  EXPECT_EQ(second.taken, 30u);
  EXPECT_EQ(network.give(flow, load(1)).taken, 0u);
  EXPECT_EQ(hop.overflow, 11u);
  simulation.run();
  EXPECT_EQ(sink.at.at(1), 70ms);
  network.close(flow);
}

TEST(Network, AFullQueueHasRoomForTheEvenPartOfAnother) {
  const Simulation simulation;
  FakeHop hop(0, megabyte_a_second, 0ms, packet * 50);
  Network network;
  network.add_hop(hop);
  Sink first, second;
  const auto a = network.open({&hop}, packet, first), b = network.open({&hop}, packet, second);
  network.give(a, load(50));
  EXPECT_EQ(network.give(a, load(10)).taken, 5u);
  EXPECT_EQ(network.give(b, load(20)).taken, 20u);
  network.close(a);
  network.close(b);
}

TEST(Network, LostPacketsHaveUsedTheLink) {
  const Simulation simulation;
  FakeHop hop(0, megabyte_a_second, 0ms);
  Network network;
  network.add_hop(hop);
  Sink sink;
  const auto flow = network.open({&hop}, packet, sink);
  hop.lose_next(3);
  network.give(flow, load(10));
  simulation.run();
  EXPECT_EQ(sink.passed.at(0).packets_lost, 3u);
  EXPECT_EQ(sink.at.at(0), 10ms);
  EXPECT_EQ(hop.lost, 3u);
  network.close(flow);
}

TEST(Network, ACutTakesWhatWaitsAndWhatIsGiven) {
  const Simulation simulation;
  FakeHop hop(0, megabyte_a_second, 5ms);
  Network network;
  network.add_hop(hop);
  Sink sink;
  const auto flow = network.open({&hop}, packet, sink);
  network.give(flow, load(100));
  bool arrived = false;
  simulation.at(8ms, [&] { network.message({&hop}, packet, [&] { arrived = true; }); });
  simulation.at(10ms, [&] {
    hop.cut(network);
    EXPECT_TRUE(network.give(flow, load(1)).lost);
    EXPECT_EQ(network.queueing(hop), 0ms);
  });
  simulation.at(20ms, [&] {
    hop.restore();
    network.give(flow, load(10));
  });
  simulation.run();
  ASSERT_EQ(sink.passed.size(), 2u);
  EXPECT_TRUE(sink.passed[0].cut);
  EXPECT_FALSE(sink.passed[1].cut);
  EXPECT_EQ(sink.at[1], 30ms);
  EXPECT_FALSE(arrived);
  EXPECT_TRUE(Network::was_cut_since({&hop}, TimePoint(9ms)));
  EXPECT_FALSE(Network::was_cut_since({&hop}, TimePoint(11ms)));
  network.close(flow);
}

TEST(Network, ARateThatChangesHoldsForWhatIsLeft) {
  const Simulation simulation;
  FakeHop hop(0, megabyte_a_second, 0ms);
  Network network;
  network.add_hop(hop);
  Sink sink;
  const auto flow = network.open({&hop}, packet, sink);
  network.give(flow, load(100));
  simulation.at(50ms, [&] { hop.set_rate(network, megabyte_a_second * 5); });
  simulation.run();
  EXPECT_EQ(sink.at.at(0), 60ms);
  network.close(flow);
}

// Paced loads pass at their pace and are no queue; what has gathered passes as fast as the link.
TEST(Network, APacedLoadPassesAtItsPace) {
  const Simulation simulation;
  FakeHop hop(0, megabyte_a_second, 0ms);
  Network network;
  network.add_hop(hop);
  Sink sink;
  const auto flow = network.open({&hop}, packet, sink);
  network.pace(flow, megabyte_a_second / 2);
  network.give(flow, load(10));
  EXPECT_EQ(network.queueing(hop), 0ms);
  simulation.at(10ms, [&] { network.give(flow, load(10)); });
  simulation.run();
  EXPECT_EQ(sink.at.at(0), 15ms);
  EXPECT_EQ(sink.at.at(1), 35ms);
  network.close(flow);
}

TEST(Network, OnAPathTheNarrowestLinkHoldsBackAndTheOthersAddTheirDelay) {
  const Simulation simulation;
  FakeHop wide(0, megabyte_a_second * 10, 1ms), narrow(1, megabyte_a_second, 2ms);
  Network network;
  network.add_hop(wide);
  network.add_hop(narrow);
  Sink sink;
  const auto flow = network.open({&wide, &narrow}, packet, sink);
  network.give(flow, load(100));
  simulation.run();
  EXPECT_EQ(sink.at.at(0), 100ms);
  EXPECT_EQ(sink.passed.at(0).arrival, TimePoint(103ms + 100us));  // and one packet's time on the wide one
  network.close(flow);
}

}  // namespace
}  // namespace dwcp::sim::flow
