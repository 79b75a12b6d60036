#include "engine/security/authority.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <array>

#include "engine/base/random.hpp"
#include "engine/security/credentials_data.hpp"

namespace dwcp::security {
namespace {

constexpr int version_3 = 2;
constexpr std::size_t serial_size = 16;

using Extension = std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION_free>>;
using Integer = std::unique_ptr<BIGNUM, Freer<BN_free>>;

Key make_key(const Entropy& entropy) {
  std::array<std::byte, 32> seed{};
  entropy(seed);
  Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, reinterpret_cast<unsigned char*>(seed.data()),
                                       seed.size()));
  OPENSSL_cleanse(seed.data(), seed.size());
  must(key != nullptr, "a key");
  return key;
}

// As long and positive whatever was drawn, so that certificates are equally long.
void set_serial(X509* certificate, const Entropy& entropy) {
  std::array<std::byte, serial_size> drawn{};
  entropy(drawn);
  drawn[0] = (drawn[0] & std::byte{0x3f}) | std::byte{0x40};
  const Integer number(BN_bin2bn(reinterpret_cast<unsigned char*>(drawn.data()), serial_size, nullptr));
  must(number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)), "a serial number");
}

void set_name(X509_NAME* name, const std::string& text) {
  must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(text.data()),
                                  static_cast<int>(text.size()), -1, 0) == 1,
       "a certificate's subject");
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  must(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "a certificate's extension");
}

// X.520 allows 64 characters of a common name; the whole name is in the URI.
std::string common_name(const std::string& text) {
  constexpr std::size_t most = 64;
  std::string name;
  for (const char c : text.substr(0, most)) name += c >= ' ' && c < 0x7f ? c : '?';
  return name;
}

Certificate begin(EVP_PKEY* key, const std::string& subject, Validity validity, const Entropy& entropy) {
  Certificate certificate(X509_new());
  X509* c = certificate.get();
  must(c && X509_set_version(c, version_3) == 1 && X509_set_pubkey(c, key) == 1, "a certificate");
  set_serial(c, entropy);
  must(ASN1_TIME_set(X509_getm_notBefore(c), validity.from.time_since_epoch().count()) &&
           ASN1_TIME_set(X509_getm_notAfter(c), validity.until.time_since_epoch().count()),
       "a certificate's validity");
  set_name(X509_get_subject_name(c), common_name(subject));
  return certificate;
}

void sign(X509* certificate, X509* issuer, EVP_PKEY* key) {
  must(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1, "a certificate's issuer");
  add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
  add_extension(certificate, issuer, NID_authority_key_identifier, "keyid");
  must(X509_sign(certificate, key, nullptr) > 0, "signing a certificate");
}

std::string hex(ByteSpan bytes, const char* between) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string text;
  for (const std::byte b : bytes) {
    if (!text.empty()) text += between;
    text += digits[std::to_integer<unsigned>(b) >> 4];
    text += digits[std::to_integer<unsigned>(b) & 15];
  }
  return text;
}

}  // namespace

struct Authority::Data {
  Certificate certificate;
  Key key;
};

Entropy seeded_entropy(std::uint64_t seed, std::string_view purpose) {
  return [random = std::make_shared<Random>(seed, purpose)](MutableByteSpan into) {
    for (std::byte& byte : into) byte = static_cast<std::byte>((*random)());
  };
}

Authority::Authority(std::unique_ptr<Data> data) : data_(std::move(data)) {}
Authority::~Authority() = default;
Authority::Authority(Authority&&) noexcept = default;

Issued Authority::create(const std::string& cluster, Validity validity, const Entropy& entropy) {
  const Key key = make_key(entropy);
  const Certificate certificate = begin(key.get(), "dwcp authority of " + cluster, validity, entropy);
  X509* c = certificate.get();
  add_extension(c, c, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  add_extension(c, c, NID_key_usage, "critical,keyCertSign,cRLSign");
  sign(c, c, key.get());
  return {to_pem(c), to_pem(key.get())};
}

Result<Authority> Authority::load(const Issued& own) {
  auto data = std::make_unique<Data>();
  auto certificates = read_certificates(own.certificate);
  if (certificates.empty()) return Failure(Errc::bad_configuration, "the authority's certificate is none in PEM");
  data->certificate = std::move(certificates.front());
  data->key = read_key(own.key);
  if (!data->key) return Failure(Errc::bad_configuration, "the authority's key is none in PEM, or is encrypted");
  const std::string subject = subject_of(data->certificate.get());
  if (X509_check_private_key(data->certificate.get(), data->key.get()) != 1) {
    take_errors();
    return Failure(Errc::bad_configuration, "the key is not that of the certificate of " + subject);
  }
  if (X509_check_ca(data->certificate.get()) == 0)
    return Failure(Errc::bad_configuration, "the certificate of " + subject + " is no authority's");
  return Authority(std::move(data));
}

Issued Authority::issue(const PeerName& name, Validity validity, const Entropy& entropy) const {
  validity.until = std::min(validity.until, time_of(X509_get0_notAfter(data_->certificate.get())));
  const Key key = make_key(entropy);
  const Certificate certificate = begin(key.get(), name.node.text, validity, entropy);
  X509* c = certificate.get();
  X509* issuer = data_->certificate.get();
  add_extension(c, issuer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(c, issuer, NID_key_usage, "critical,digitalSignature");
  add_extension(c, issuer, NID_ext_key_usage, "serverAuth,clientAuth");
  add_extension(c, issuer, NID_subject_alt_name, "URI:" + to_uri(name));
  sign(c, issuer, data_->key.get());
  return {to_pem(c), to_pem(key.get())};
}

Result<CertificateFacts> describe(const std::string& certificate_pem) {
  const auto certificates = read_certificates(certificate_pem);
  if (certificates.empty()) return Failure(Errc::bad_value, "no certificate in PEM");
  const X509* c = certificates.front().get();
  CertificateFacts facts;
  facts.subject = subject_of(c);
  facts.issuer = to_string(X509_get_issuer_name(c));
  const ASN1_INTEGER* serial = X509_get0_serialNumber(c);
  facts.serial =
      hex(std::as_bytes(std::span(ASN1_STRING_get0_data(serial), static_cast<std::size_t>(ASN1_STRING_length(serial)))),
          "");
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  must(X509_digest(c, EVP_sha256(), digest.data(), &length) == 1, "a fingerprint");
  facts.fingerprint = hex(std::as_bytes(std::span(digest.data(), length)), ":");
  if (const auto name = name_in(c)) facts.name = to_uri(*name);
  facts.key = name_of_key(X509_get0_pubkey(c));
  facts.authority = X509_check_ca(const_cast<X509*>(c)) != 0;
  facts.valid_from = time_of(X509_get0_notBefore(c));
  facts.valid_until = time_of(X509_get0_notAfter(c));
  return facts;
}

}  // namespace dwcp::security
