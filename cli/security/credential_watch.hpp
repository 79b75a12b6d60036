// New certificates for a running agent.
#pragma once

#include "cli/security/credential_files.hpp"
#include "engine/platform/platform.hpp"

namespace dwcp::cli {

// Looks at the files now and then, for ever: when one has changed and all fit together, connections made from then on
// take them. Records "security.renewed", "security.not_renewed" with what is wrong with new files, and
// "security.expires" when the certificate in use ends within a week.
Task<void> watch_credentials(platform::Platform& platform, CredentialFiles files,
                             std::shared_ptr<security::CredentialStore> store);

// One look of it; true: the store has new ones. `seen` is what was there at the last look.
struct FileTimes {
  std::array<std::filesystem::file_time_type, 3> times{};
  friend bool operator==(const FileTimes&, const FileTimes&) = default;
};
bool renew(platform::Platform& platform, const CredentialFiles& files, security::CredentialStore& store,
           FileTimes& seen);

}  // namespace dwcp::cli
