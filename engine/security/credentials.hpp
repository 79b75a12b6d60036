// What a node proves itself with, and whom it trusts.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "engine/platform/platform.hpp"
#include "engine/security/peer_name.hpp"

namespace dwcp::security {

using platform::WallTime;

// PEM texts (RFC 7468). A key must not be encrypted.
struct Pem {
  std::string certificate;  // the node's own, then those between it and an authority
  std::string key;          // of the node's certificate
  std::string authorities;  // whose certificates are trusted, of ourselves too
};

// Immutable and shared: a channel keeps those that it began with.
class Credentials {
 public:
  // Errors: bad_configuration, saying which of the texts is wrong and how; also a certificate that our own authorities
  // would not trust `now`, since no peer would either.
  static Result<std::shared_ptr<const Credentials>> load(const Pem& pem, WallTime now);
  ~Credentials();
  Credentials(const Credentials&) = delete;
  Credentials& operator=(const Credentials&) = delete;

  const PeerName& name() const;
  WallTime valid_until() const;

  struct Data;  // internal: credentials_data.hpp
  const Data& data() const { return *data_; }

 private:
  explicit Credentials(std::unique_ptr<Data> data);
  std::unique_ptr<Data> data_;
};

// The credentials that new connections take. Those that run keep theirs: a node is given a new certificate without a
// restart. Safe on every executor: handshakes are made on lanes.
class CredentialStore {
 public:
  explicit CredentialStore(std::shared_ptr<const Credentials> first) : current_(std::move(first)) {}
  std::shared_ptr<const Credentials> current() const;
  void replace(std::shared_ptr<const Credentials> next);

 private:
  mutable std::mutex lock_;
  std::shared_ptr<const Credentials> current_;
};

}  // namespace dwcp::security
