#include "scenarios/runner/engine_config.hpp"

#include <gtest/gtest.h>

namespace dwcp::scenarios {
namespace {

using namespace std::chrono_literals;

Scenario with_link(BitRate rate, Duration delay) {
  Scenario s;
  s.topology.hosts = {{"a", {}}, {"b", {}}};
  s.topology.links = {{.name = "l", .between = {"a", "b"}, .rate = rate, .delay = delay}};
  return s;
}

TEST(EngineConfig, TheModeFollowsFromTheLinks) {
  EXPECT_EQ(effective_mode(with_link(BitRate(10'000'000'000), 100us)), Mode::datacenter);
  EXPECT_EQ(effective_mode(with_link(BitRate(1'000'000'000), 40ms)), Mode::internet);
  EXPECT_EQ(effective_mode(with_link(BitRate(100'000'000), 1ms)), Mode::internet);
  EXPECT_EQ(effective_mode(with_link(BitRate(1'000'000'000), 10ms)), Mode::hybrid);
  Scenario forced = with_link(BitRate(1'000'000'000), 40ms);
  forced.mode = Mode::datacenter;
  EXPECT_EQ(effective_mode(forced), Mode::datacenter);
}

TEST(EngineConfig, OverridesWinOverTheMode) {
  Scenario s = with_link(BitRate(1'000'000'000), 50ms);
  EXPECT_EQ(agent_config(s, "a", {}).session.streams, 8u);
  EXPECT_EQ(agent_config(s, "a", {}).session.congestion, platform::CongestionControl::bbr);
  s.engine.streams = 3;
  s.engine.streams_min = 2;
  s.engine.congestion = Congestion::cubic;
  s.engine.window = MiB(32);
  const auto config = agent_config(s, "a", {});
  EXPECT_EQ(config.session.streams, 3u);
  EXPECT_EQ(config.session.streams_min, 2u);
  EXPECT_EQ(config.session.congestion, platform::CongestionControl::cubic);
  EXPECT_EQ(config.session.send_window, MiB(32));
}

TEST(EngineConfig, WhatTheEngineRefusesIsABadScenario) {
  Scenario s = with_link(BitRate(1'000'000'000), 50ms);
  s.engine.window = KiB(1);
  try {
    agent_config(s, "a", {});
    FAIL() << "was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), make_error_code(Errc::bad_scenario));
  }
}

TEST(EngineConfig, LinksCarryLessPayloadThanTheirRate) {
  // 9000 bytes of IP packet carry 8948 of payload; 1500 carry 1448.
  EXPECT_EQ(tcp_payload_rate(BitRate(9'000'000), Bytes(9000)), BitRate(8'948'000));
  EXPECT_EQ(tcp_payload_rate(BitRate(1'500'000), Bytes(1500)), BitRate(1'448'000));
  Scenario s = with_link(BitRate(9'000'000), 1ms);
  s.topology.links.push_back(s.topology.links.front());
  EXPECT_EQ(path_capacity(s.topology, "b", "a"), BitRate(2 * 8'948'000));
}

}  // namespace
}  // namespace dwcp::scenarios
