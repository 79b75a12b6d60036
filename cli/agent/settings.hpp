// What an agent's process is made with: the file's words as addresses, policies and paths.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cli/agent/config.hpp"
#include "cli/security/credential_files.hpp"
#include "engine/node/config.hpp"

namespace dwcp::cli {

struct Settings {
  node::NodeConfig node;
  LibvirtSection libvirt;
  std::filesystem::path state, socket;
  std::string socket_group;  // empty: the process's own
  LogSection log;
  std::optional<CredentialFiles> credential_files;  // none: plain text
};

// Errors: bad_configuration with the place of what cannot work: an address that is none, a session that cannot be.
Result<Settings> make_settings(const LoadedFile& loaded);
// load_agent_file(), then make_settings().
Result<Settings> load_settings(const std::filesystem::path& path, const Environment& environment);

// Some lines for a person: who this node is, where it listens, whom it knows.
std::string describe(const Settings& settings);

}  // namespace dwcp::cli
