#include "engine/security/credentials.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "engine/security/credentials_data.hpp"

namespace dwcp::security {
namespace {

constexpr const char* suites = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
// With a key agreement that a later quantum computer cannot break, where OpenSSL has it (3.5 and newer).
constexpr const char* groups_preferred = "X25519MLKEM768:X25519";
constexpr const char* groups_always = "X25519";
// ALPN (RFC 7301): a server of something else is not spoken to by mistake.
constexpr unsigned char protocol[] = {4, 'd', 'w', 'c', 'p'};

using Names = std::unique_ptr<GENERAL_NAMES, Freer<GENERAL_NAMES_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Freer<X509_STORE_CTX_free>>;

Failure wrong(const std::string& what) { return {Errc::bad_configuration, what}; }

int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                    unsigned offered_size, void*) {
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, protocol, sizeof protocol, offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

SslContext make_context() {
  SslContext context(SSL_CTX_new(TLS_method()));
  must(context != nullptr, "TLS");
  SSL_CTX* c = context.get();
  must(SSL_CTX_set_min_proto_version(c, TLS1_3_VERSION) == 1, "TLS 1.3");
  must(SSL_CTX_set_ciphersuites(c, suites) == 1, "cipher suites");
  if (SSL_CTX_set1_groups_list(c, groups_preferred) != 1) {
    ERR_clear_error();
    must(SSL_CTX_set1_groups_list(c, groups_always) == 1, "key agreement");
  }
  // Every connection proves itself anew: nothing is resumed.
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
  must(SSL_CTX_set_num_tickets(c, 0) == 1, "tickets");
  SSL_CTX_set_mode(c, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_NO_AUTO_CHAIN);
  must(SSL_CTX_set_alpn_protos(c, protocol, sizeof protocol) == 0, "ALPN");
  SSL_CTX_set_alpn_select_cb(c, choose_protocol, nullptr);
  return context;
}

// What a peer would say of our certificate.
Failure objection_to_own(X509_STORE* authorities, const std::vector<Certificate>& chain, WallTime now) {
  const StoreContext check(X509_STORE_CTX_new());
  STACK_OF(X509)* between = sk_X509_new_null();
  const std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)> owner(between,
                                                                         [](STACK_OF(X509) * s) { sk_X509_free(s); });
  for (std::size_t i = 1; i < chain.size(); ++i) sk_X509_push(between, chain[i].get());
  must(X509_STORE_CTX_init(check.get(), authorities, chain.front().get(), between) == 1, "checking a certificate");
  X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(check.get()), now.time_since_epoch().count());
  if (X509_verify_cert(check.get()) == 1) return {};
  const std::string why = X509_verify_cert_error_string(X509_STORE_CTX_get_error(check.get()));
  take_errors();
  return wrong("the authorities do not trust the certificate of " + subject_of(chain.front().get()) + ": " + why);
}

}  // namespace

Result<PeerName> name_in(const X509* certificate) {
  const Names names(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> uris;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* uri = name->d.uniformResourceIdentifier;
    const std::string text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                           static_cast<std::size_t>(ASN1_STRING_length(uri)));
    if (text.starts_with("dwcp:")) uris.push_back(text);
  }
  if (uris.size() != 1)
    return Failure(Errc::untrusted, "the certificate of " + subject_of(certificate) + " has " +
                                        std::to_string(uris.size()) + " names dwcp://CLUSTER/NODE; one would be right");
  auto name = parse_uri(uris.front());
  if (!name) return Failure(Errc::untrusted, name.error().detail);
  return name;
}

Credentials::Credentials(std::unique_ptr<Data> data) : data_(std::move(data)) {}
Credentials::~Credentials() = default;
const PeerName& Credentials::name() const { return data_->name; }
WallTime Credentials::valid_until() const { return data_->valid_until; }

Result<std::shared_ptr<const Credentials>> Credentials::load(const Pem& pem, WallTime now) {
  const std::vector<Certificate> chain = read_certificates(pem.certificate);
  if (chain.empty()) return wrong("the certificate is none in PEM");
  const Key key = read_key(pem.key);
  if (!key) return wrong("the key is none in PEM, or is encrypted");
  const std::vector<Certificate> authorities = read_certificates(pem.authorities);
  if (authorities.empty()) return wrong("the authorities are no certificates in PEM");

  auto data = std::make_unique<Data>();
  auto name = name_in(chain.front().get());
  if (!name) return wrong(name.error().detail);
  data->name = std::move(*name);
  data->valid_until = time_of(X509_get0_notAfter(chain.front().get()));
  data->context = make_context();
  SSL_CTX* context = data->context.get();
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  for (const auto& authority : authorities) X509_STORE_add_cert(store, authority.get());
  if (SSL_CTX_use_certificate(context, chain.front().get()) != 1)
    return wrong("the certificate cannot be used: " + take_errors());
  for (std::size_t i = 1; i < chain.size(); ++i) SSL_CTX_add1_chain_cert(context, chain[i].get());
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    take_errors();
    return wrong("the key (" + name_of_key(key.get()) + ") is not that of the certificate of " +
                 subject_of(chain.front().get()));
  }
  if (Failure failure = objection_to_own(store, chain, now); failure.code) return failure;
  return std::shared_ptr<const Credentials>(new Credentials(std::move(data)));
}

std::shared_ptr<const Credentials> CredentialStore::current() const {
  const std::lock_guard guard(lock_);
  return current_;
}

void CredentialStore::replace(std::shared_ptr<const Credentials> next) {
  const std::lock_guard guard(lock_);
  current_ = std::move(next);
}

}  // namespace dwcp::security
