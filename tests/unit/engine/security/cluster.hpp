// An authority of its own for each test, from fixed bytes, and what it issues.
#pragma once

#include "engine/security/authority.hpp"

namespace dwcp::security::test {

using namespace std::chrono_literals;

constexpr WallTime today = std::chrono::sys_days(std::chrono::year(2026) / 6 / 1);
constexpr Validity this_year = {today - 24h, today + 24h * 365};

struct Cluster {
  explicit Cluster(std::uint64_t seed = 1, Validity validity = this_year)
      : entropy(seeded_entropy(seed, "test")),
        root(Authority::create("prod", validity, entropy)),
        authority(Authority::load(root).value()) {}

  Pem pem(const std::string& node, Validity validity = this_year, const std::string& cluster = "prod") const {
    const Issued issued = authority.issue(PeerName(cluster, NodeId(node)), validity, entropy);
    return {issued.certificate, issued.key, root.certificate};
  }
  std::shared_ptr<const Credentials> node(const std::string& name) const {
    return Credentials::load(pem(name), today).value();
  }

  Entropy entropy;
  Issued root;
  Authority authority;
};

}  // namespace dwcp::security::test
