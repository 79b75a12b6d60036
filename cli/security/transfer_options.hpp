// --pki and --plain-text of the commands that make or take connections themselves.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <string>

#include "engine/amst/options.hpp"

namespace dwcp::cli {

struct SecurityOptions {
  std::string pki, key_agreement;
  std::string node, cluster;  // with plain text only
  bool plain_text = false;
};
void add_security_options(CLI::App& app, SecurityOptions& options);

// Errors: as of load() (credential_files.hpp), and bad_value for options that do not go together.
Result<amst::Self> self_of(const SecurityOptions& options);

}  // namespace dwcp::cli
