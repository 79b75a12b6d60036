#include "cli/agent/config.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "cli/agent/settings.hpp"
#include "tests/unit/engine/platform/native/harness.hpp"

namespace dwcp::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class AgentConfig : public ::testing::Test {
 protected:
  Result<Settings> load(const std::string& yaml, const Environment& environment = {}) {
    std::ofstream(file()) << yaml;
    return load_settings(file(), environment);
  }
  std::string error_of(const std::string& yaml, const Environment& environment = {}) {
    const auto settings = load(yaml, environment);
    if (settings) return "none";
    EXPECT_EQ(settings.error().code, make_error_code(Errc::bad_configuration));
    return settings.error().detail;
  }
  std::filesystem::path file() const { return folder_.path() / "agent.yaml"; }

  platform::native::TemporaryFolder folder_;
};

TEST_F(AgentConfig, TheShortestOneHasSensibleDefaults) {
  const auto settings = load("listen: ['127.0.0.1:4700']\n");
  ASSERT_TRUE(settings) << settings.error().detail;
  EXPECT_FALSE(settings->node.agent.node.text.empty());
  EXPECT_EQ(settings->node.agent.cluster, "default");
  EXPECT_EQ(settings->node.agent.incoming_max, 8u);
  EXPECT_EQ(settings->node.policy.downtime_max, std::chrono::milliseconds(300));
  EXPECT_EQ(settings->node.policy.timeout, Duration(0));
  EXPECT_EQ(settings->socket, "/run/dwcp/control.sock");
  EXPECT_EQ(settings->state, "/var/lib/dwcp");
  EXPECT_EQ(settings->libvirt.uri, "qemu:///system");
}

TEST_F(AgentConfig, EveryKeyReachesItsPlace) {
  const auto settings = load(R"(
node: host-a
cluster: lab
listen: ["10.0.0.1:4700", "[::1]:4701"]
peers:
  host-b: ["10.0.0.2:4700"]
session: {streams: 3, congestion: bbr, rate_limit: 200Mbit/s, chunk: 1MiB, window: 32MiB, resume_timeout: 2min, connect_timeout: 3s}
encoding: {memory: 64MiB, delta_cache: 0B, compress: false}
migration: {max_downtime: 50ms, timeout: 10min, on_timeout: pause, throttle_max: 20}
limits: {incoming: 2, outgoing: 1}
libvirt: {uri: "qemu:///session", socket: /x, runtime: /y, disk_folders: [/d]}
control: {socket: /z/control.sock, group: root}
log: {format: json, detail: true}
state: /s
)");
  ASSERT_TRUE(settings) << settings.error().detail;
  const migration::AgentConfig& agent = settings->node.agent;
  EXPECT_EQ(agent.node, NodeId("host-a"));
  EXPECT_EQ(agent.cluster, "lab");
  EXPECT_EQ(agent.listen.size(), 2u);
  EXPECT_EQ(to_string(settings->node.peers.at("host-b").front()), "10.0.0.2:4700");
  EXPECT_EQ(agent.session.streams, 3u);
  EXPECT_EQ(agent.session.congestion, platform::CongestionControl::bbr);
  EXPECT_EQ(agent.session.rate_limit, BitRate(200'000'000));
  EXPECT_EQ(agent.session.send_window, MiB(32));
  EXPECT_EQ(agent.session.receive_window, MiB(32));
  EXPECT_EQ(agent.session.resume_timeout, std::chrono::minutes(2));
  EXPECT_EQ(agent.encoding.delta_cache, Bytes(0));
  EXPECT_FALSE(agent.encoding.compress);
  EXPECT_EQ(settings->node.policy.timeout, std::chrono::minutes(10));
  EXPECT_EQ(settings->node.policy.on_timeout, migration::OnTimeout::stop_guest);
  EXPECT_EQ(settings->node.policy.throttle_max, 20u);
  EXPECT_EQ(agent.incoming_max, 2u);
  EXPECT_EQ(settings->node.outgoing_max, 1u);
  EXPECT_EQ(settings->libvirt.disk_folders, std::vector<std::string>{"/d"});
  EXPECT_EQ(settings->socket_group, "root");
  EXPECT_EQ(settings->log.format, LogFormat::json);
}

TEST_F(AgentConfig, SaysWhereAndWhatIsWrong) {
  EXPECT_THAT(error_of("node: a\n"), HasSubstr("'listen' is missing"));
  EXPECT_THAT(error_of("listen: ['127.0.0.1:4700']\nsesion: {streams: 3}\n"),
              AllOf(HasSubstr("agent.yaml:2:1: sesion: unknown key; did you mean 'session'?")));
  EXPECT_THAT(error_of("listen: ['127.0.0.1:4700']\nsession:\n  streams: 99\n"),
              HasSubstr("agent.yaml:3:3: session.streams: expected a whole number from 1 to 64, got 99"));
  EXPECT_THAT(error_of("listen: ['127.0.0.1:4700']\nmigration: {max_downtime: 300}\n"),
              HasSubstr("with a unit (ns, us, ms, s, min, h) such as 40ms, got the bare number 300"));
  EXPECT_THAT(error_of("listen: ['127.0.0.1:4700']\nmigration: {on_timeout: stop}\n"),
              HasSubstr("expected one of cancel, pause, post-copy, got 'stop'"));
  EXPECT_THAT(error_of("listen: ['127.0.0.1']\n"),
              AllOf(HasSubstr("agent.yaml:1:10: listen:"), HasSubstr("has no port")));
  EXPECT_THAT(error_of("listen: ['127.0.0.1:1']\npeers:\n  host-b: []\n"), HasSubstr("agent.yaml:3:3: peers.host-b"));
  EXPECT_THAT(error_of("listen: ['127.0.0.1:1']\nsession: {chunk: 8MiB, window: 8MiB}\n"),
              HasSubstr("at least twice chunk_max"));
  EXPECT_THAT(error_of("- a list\n"), HasSubstr("expected a mapping"));
}

TEST_F(AgentConfig, TheEnvironmentStandsAboveTheFile) {
  const auto settings =
      load("listen: ['127.0.0.1:4700']\nsession: {streams: 3}\n", {{"DWCP_SESSION_STREAMS", "5"},
                                                                   {"DWCP_NODE", "host-e"},
                                                                   {"DWCP_LISTEN", "['127.0.0.1:5000']"},
                                                                   {"DWCP_MIGRATION_MAX_DOWNTIME", "1s"},
                                                                   {"DWCP_SOMETHING", "of another program"}});
  ASSERT_TRUE(settings) << settings.error().detail;
  EXPECT_EQ(settings->node.agent.session.streams, 5u);
  EXPECT_EQ(settings->node.agent.node, NodeId("host-e"));
  EXPECT_EQ(settings->node.agent.listen.front().port, 5000);
  EXPECT_EQ(settings->node.policy.downtime_max, std::chrono::seconds(1));
  EXPECT_THAT(
      error_of("listen: ['127.0.0.1:4700']\n", {{"DWCP_SESSION_STREAMS", "0"}}),
      HasSubstr("DWCP_SESSION_STREAMS (environment): session.streams: expected a whole number from 1 to 64, got 0"));
  EXPECT_THAT(error_of("listen: ['127.0.0.1:4700']\n", {{"DWCP_SESSION_STREAM", "1"}}),
              HasSubstr("DWCP_SESSION_STREAM sets no key; did you mean DWCP_SESSION_STREAMS?"));
}

TEST_F(AgentConfig, AFileThatIsNotThereIsNamed) {
  const auto settings = load_settings(folder_.path() / "none.yaml", {});
  ASSERT_FALSE(settings);
  EXPECT_EQ(settings.error().code, make_error_code(Errc::not_found));
  EXPECT_THAT(settings.error().detail, HasSubstr("none.yaml"));
}

}  // namespace
}  // namespace dwcp::cli
