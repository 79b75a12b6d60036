// A node's certificate, its key and the authorities that it trusts, as files.
#pragma once

#include <filesystem>
#include <memory>

#include "engine/security/credentials.hpp"

namespace dwcp::cli {

// Where they are when nobody says otherwise.
inline const std::filesystem::path default_pki = "/etc/dwcp/pki";

struct CredentialFiles {
  std::filesystem::path certificate, key, authorities;
};
// Names as `dwcp pki issue` gives them.
CredentialFiles files_in(const std::filesystem::path& folder);

// The whole of a small text file. Errors: not_found, storage_failed.
Result<std::string> read_text(const std::filesystem::path& file);

// Errors: not_found and bad_configuration, naming the file and what would be right; also for a key that everybody may
// read.
Result<std::shared_ptr<const security::Credentials>> load(const CredentialFiles& files, security::WallTime now);

security::WallTime today();

}  // namespace dwcp::cli
