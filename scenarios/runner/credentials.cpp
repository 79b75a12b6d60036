#include "scenarios/runner/credentials.hpp"

#include "engine/security/authority.hpp"
#include "scenarios/runner/engine_config.hpp"

namespace dwcp::scenarios {
namespace {

using namespace std::chrono_literals;

// From before a simulated world's first day until after a live one's last.
constexpr security::Validity validity = {std::chrono::sys_days(std::chrono::year(2025) / 12 / 1),
                                         std::chrono::sys_days(std::chrono::year(2099) / 1 / 1)};

}  // namespace

std::shared_ptr<security::CredentialStore> credentials_for(const Scenario& scenario, std::uint64_t seed,
                                                           const std::string& host) {
  if (scenario.engine.security == Security::plain_text) return nullptr;
  const auto root =
      security::Authority::create(scenario_cluster, validity, security::seeded_entropy(seed, "authority"));
  const auto authority = security::Authority::load(root).value();
  const auto issued = authority.issue(security::PeerName(scenario_cluster, NodeId(host)), validity,
                                      security::seeded_entropy(seed, "certificate of " + host));
  auto credentials =
      security::Credentials::load({issued.certificate, issued.key, root.certificate}, validity.from + 24h);
  return std::make_shared<security::CredentialStore>(std::move(credentials.value()));
}

}  // namespace dwcp::scenarios
