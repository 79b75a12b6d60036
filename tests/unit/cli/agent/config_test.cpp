#include "cli/agent/config.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "cli/agent/settings.hpp"
#include "cli/security/credential_watch.hpp"
#include "engine/platform/native/native_platform.hpp"
#include "engine/security/authority.hpp"
#include "tests/unit/engine/platform/native/harness.hpp"

namespace dwcp::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class AgentConfig : public ::testing::Test {
 protected:
  // In plain text, unless `yaml` says otherwise.
  Result<Settings> load(const std::string& yaml, Environment environment = {}) {
    std::ofstream(file()) << yaml;
    if (yaml.find("security") == std::string::npos) environment["DWCP_SECURITY_PLAIN_TEXT"] = "true";
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
encoding: {memory: 64MiB, delta_cache: 0B, match_window: 1GiB, kept_windows: 2GiB, keep_window: 5min, share_windows: true, compress: false}
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
  EXPECT_EQ(agent.encoding.match_window, GiB(1));
  EXPECT_EQ(agent.encoding.kept_windows, GiB(2));
  EXPECT_EQ(agent.encoding.keep_window, std::chrono::minutes(5));
  EXPECT_TRUE(agent.encoding.share_windows);
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
  EXPECT_THAT(error_of("listen: ['127.0.0.1:1']\nencoding: {match_window: 8GiB}\n"),
              AllOf(HasSubstr("agent.yaml:2:"), HasSubstr("encoding.match_window: 8"), HasSubstr("at most 4")));
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

// A node's files, from an authority of the test's own.
class AgentCredentials : public AgentConfig {
 protected:
  AgentCredentials() {
    std::ofstream(path("ca.pem")) << root_.certificate;
    issue("host-a");
  }
  std::string path(const char* name) const { return (folder_.path() / name).string(); }
  void issue(const std::string& node, std::chrono::days valid_for = std::chrono::days(30)) {
    const auto issued = security::Authority::load(root_)->issue(
        security::PeerName("prod", NodeId(node)), {today() - std::chrono::hours(1), today() + valid_for}, entropy_);
    std::ofstream(path("node.pem")) << issued.certificate;
    std::filesystem::remove(path("node.key"));
    std::ofstream(path("node.key")) << issued.key;
    std::filesystem::permissions(path("node.key"), std::filesystem::perms(0600));
  }
  std::string yaml(const std::string& more = "", const std::string& head = "") const {
    return head + "listen: ['127.0.0.1:4700']\nsecurity: {certificate: " + path("node.pem") +
           ", key: " + path("node.key") + ", authorities: " + path("ca.pem") + more + "}\n";
  }

  security::Entropy entropy_ = [](MutableByteSpan into) { platform::native::fill_with_entropy(into); };
  security::Issued root_ = security::Authority::create(
      "prod", {today() - std::chrono::hours(1), today() + std::chrono::days(3650)}, entropy_);
};

TEST_F(AgentCredentials, SayWhoTheNodeIs) {
  const auto settings = load(yaml(", key_agreement: X25519"));
  ASSERT_TRUE(settings) << settings.error().detail;
  EXPECT_EQ(settings->node.agent.node, NodeId("host-a"));
  EXPECT_EQ(settings->node.agent.cluster, "prod");
  EXPECT_EQ(settings->node.agent.tls.group_required, "X25519");
  EXPECT_THAT(describe(*settings), HasSubstr("proves   dwcp://prod/host-a by "));
}

TEST_F(AgentCredentials, WhatDoesNotFitIsNamed) {
  EXPECT_THAT(error_of("listen: ['127.0.0.1:4700']\nsecurity: {certificate: /no/such}\n"),
              AllOf(HasSubstr("agent.yaml:2:1: security: /no/such: No such file"), HasSubstr("dwcp pki makes")));
  EXPECT_THAT(error_of(yaml("", "node: host-b\n")),
              HasSubstr("the certificate is that of dwcp://prod/host-a, and this node is dwcp://prod/host-b"));
  EXPECT_THAT(error_of(yaml("", "cluster: other\n")), HasSubstr("and this node is dwcp://other/host-a"));
  std::filesystem::permissions(path("node.key"), std::filesystem::perms(0644));
  EXPECT_THAT(error_of(yaml()), HasSubstr("node.key is open to everybody; chmod 600 would be right"));
}

TEST_F(AgentCredentials, NewOnesAreTakenWhileItRuns) {
  const auto settings = load(yaml());
  ASSERT_TRUE(settings) << settings.error().detail;
  const CredentialFiles files = *settings->credential_files;
  security::CredentialStore& store = *settings->node.agent.credentials;
  std::vector<std::string> records;
  platform::native::NativePlatform platform({.root = folder_.path(), .on_record = [&](const platform::Record& record) {
                                               records.emplace_back(record.name);
                                             }});
  FileTimes seen{};
  renew(platform, files, store, seen);  // the first look
  records.clear();
  const auto first = store.current();
  EXPECT_FALSE(renew(platform, files, store, seen));
  const auto later = [&] {
    std::filesystem::last_write_time(
        files.certificate, std::filesystem::file_time_type::clock::now() + std::chrono::seconds(records.size() + 1));
  };
  issue("host-a", std::chrono::days(90));
  later();
  EXPECT_TRUE(renew(platform, files, store, seen));
  EXPECT_NE(store.current(), first);
  EXPECT_GT(store.current()->valid_until(), first->valid_until());
  issue("host-b");
  later();
  EXPECT_FALSE(renew(platform, files, store, seen));
  std::ofstream(path("node.pem")) << "half a cert";
  later();
  EXPECT_FALSE(renew(platform, files, store, seen));
  EXPECT_EQ(store.current()->name(), security::PeerName("prod", NodeId("host-a")));
  EXPECT_EQ(records, (std::vector<std::string>{"security.renewed", "security.not_renewed", "security.not_renewed"}));
}

}  // namespace
}  // namespace dwcp::cli
