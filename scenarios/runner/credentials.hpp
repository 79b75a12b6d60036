// Certificates of a scenario's hosts.
#pragma once

#include <memory>

#include "engine/security/credentials.hpp"
#include "scenarios/format/scenario.hpp"

namespace dwcp::scenarios {

// Of an authority that is the same for all hosts of a run; from the seed alone, so that every process of a live world
// makes the same, and every run of a simulated one. Null: the scenario wants plain text.
std::shared_ptr<security::CredentialStore> credentials_for(const Scenario& scenario, std::uint64_t seed,
                                                           const std::string& host);

}  // namespace dwcp::scenarios
