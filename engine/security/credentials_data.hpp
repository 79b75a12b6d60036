// What Credentials are made of, for the channels. Internal to this folder.
#pragma once

#include "engine/security/credentials.hpp"
#include "engine/security/openssl.hpp"

namespace dwcp::security {

struct Credentials::Data {
  SslContext context;  // of either side
  PeerName name;
  WallTime valid_until{};
};

// The one dwcp:// name of a certificate (subjectAltName, RFC 5280, section 4.2.1.6). Errors: untrusted.
Result<PeerName> name_in(const X509* certificate);

}  // namespace dwcp::security
