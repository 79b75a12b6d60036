// A private certificate authority: enough for the nodes of some clusters, and nothing more. Keys are Ed25519 (RFC
// 8410).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/bytes.hpp"
#include "engine/security/credentials.hpp"

namespace dwcp::security {

struct Validity {
  WallTime from, until;
};

struct Issued {
  std::string certificate, key;  // PEM; the key is not encrypted
};

// Fills with unpredictable bytes (Platform::entropy).
using Entropy = std::function<void(MutableByteSpan)>;
// What comes from a seed is known to whoever knows the seed: for worlds in which everything does, and for nothing else.
Entropy seeded_entropy(std::uint64_t seed, std::string_view purpose);

class Authority {
 public:
  // An authority for `cluster` whose own certificate is that long valid.
  static Issued create(const std::string& cluster, Validity validity, const Entropy& entropy);
  // Errors: bad_configuration: one of the texts is none, they do not belong together, or they are no authority's.
  static Result<Authority> load(const Issued& own);
  ~Authority();
  Authority(Authority&&) noexcept;

  // A certificate for one node, and its key. A validity longer than the authority's own is cut short.
  Issued issue(const PeerName& name, Validity validity, const Entropy& entropy) const;

 private:
  struct Data;
  explicit Authority(std::unique_ptr<Data> data);
  std::unique_ptr<Data> data_;
};

// What a certificate says, for a person.
struct CertificateFacts {
  std::string subject, issuer, serial, fingerprint;  // SHA-256, hex with colons
  std::string name;                                  // dwcp://CLUSTER/NODE; empty: none
  std::string key;                                   // kind of it, such as ED25519
  bool authority = false;
  WallTime valid_from{}, valid_until{};
};
// Errors: bad_value: no certificate in PEM.
Result<CertificateFacts> describe(const std::string& certificate_pem);

}  // namespace dwcp::security
