// The agent's configuration file as it is written. What each key means, its bounds and its default are said once, in
// config_table.cpp, from where the JSON Schema and docs/reference/agent.md come too.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "scenarios/format/binding.hpp"
#include "scenarios/format/document.hpp"
#include "scenarios/format/scenario.hpp"

namespace dwcp::cli {

// Of the streams. `automatic`: by the path (platform::CongestionControl::by_path).
enum class Congestion { automatic, platform_default, bbr, cubic };

enum class TimeoutAction { cancel, pause, post_copy };  // in the order of migration::OnTimeout
enum class LogFormat { text, json };

struct SessionSection {
  unsigned streams = 8;
  std::optional<unsigned> streams_min;
  Congestion congestion = Congestion::automatic;
  bool rdma = true;
  std::optional<BitRate> rate_limit;
  Bytes chunk = MiB(4);
  Bytes window = MiB(64);
  Duration resume_timeout = std::chrono::minutes(5);
  Duration connect_timeout = std::chrono::seconds(15);
};

struct EncodingSection {
  Bytes memory = MiB(192);
  Bytes delta_cache = GiB(1);
  Bytes match_window = MiB(256);
  Bytes kept_windows = MiB(512);
  Duration keep_window = std::chrono::hours(1);
  bool share_windows = false;
  bool compress = true;
};

struct MigrationSection {
  Duration max_downtime = std::chrono::milliseconds(300);
  std::optional<Duration> timeout;
  TimeoutAction on_timeout = TimeoutAction::cancel;
  unsigned throttle_max = 99;
};

struct LimitsSection {
  unsigned incoming = 8;
  unsigned outgoing = 4;
};

struct SecuritySection {
  std::string certificate = "/etc/dwcp/pki/node.pem", key = "/etc/dwcp/pki/node.key",
              authorities = "/etc/dwcp/pki/ca.pem";
  std::string key_agreement;
  bool plain_text = false;
};

struct LibvirtSection {
  std::string uri = "qemu:///system";
  std::string socket;
  std::string runtime = "/run/dwcp";
  std::vector<std::string> disk_folders = {"/var/lib/libvirt/images"};
};

struct ControlSection {
  std::string socket = "/run/dwcp/control.sock";
  std::string group;
};

struct LogSection {
  LogFormat format = LogFormat::text;
  bool detail = false;
};

struct AgentFile {
  std::string node, cluster;
  std::vector<std::string> listen;
  std::map<std::string, std::vector<std::string>> peers;
  SessionSection session;
  EncodingSection encoding;
  MigrationSection migration;
  LimitsSection limits;
  SecuritySection security;
  LibvirtSection libvirt;
  ControlSection control;
  LogSection log;
  std::string state = "/var/lib/dwcp";
};

const scenarios::Shape& agent_file_shape();
AgentFile read_agent_file(const scenarios::Document& valid);

using Environment = std::map<std::string, std::string>;
Environment process_environment();

// DWCP_NODE sets `node`, DWCP_SESSION_STREAMS sets `session.streams`, and so on; values are YAML. Errors:
// bad_configuration for a variable of a section that names no key of it.
Result<void> apply_environment(scenarios::Document& document, const Environment& environment);

// The file with the environment above it, checked whole. Errors: not_found, or bad_configuration with every problem:
// file, line, column, key, value, and what would be right.
struct LoadedFile {
  AgentFile file;
  scenarios::Document document;  // for problems that are found later
};
Result<LoadedFile> load_agent_file(const std::filesystem::path& path, const Environment& environment);

// docs/reference/agent.md and the JSON Schema.
std::string agent_reference();
std::string agent_schema_text();

}  // namespace dwcp::cli

namespace dwcp::scenarios {

template <>
struct Choices<cli::TimeoutAction> {
  static constexpr std::array<std::string_view, 3> names{"cancel", "pause", "post-copy"};
};
template <>
struct Choices<cli::Congestion> {
  static constexpr std::array<std::string_view, 4> names{"auto", "default", "bbr", "cubic"};
};
template <>
struct Choices<cli::LogFormat> {
  static constexpr std::array<std::string_view, 2> names{"text", "json"};
};

}  // namespace dwcp::scenarios
