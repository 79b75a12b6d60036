#include "engine/security/openssl.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <ctime>
#include <vector>

namespace dwcp::security {
namespace {

Bio reading(std::string_view text) {
  Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  must(bio != nullptr, "a buffer");
  return bio;
}

std::string content_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

// Nobody is there to be asked for a passphrase.
int no_passphrase(char*, int, int, void*) { return -1; }

}  // namespace

std::string take_errors() {
  std::string words;
  while (const unsigned long code = ERR_get_error()) {
    const char* reason = ERR_reason_error_string(code);
    if (!words.empty()) words += "; ";
    words += reason ? reason : "error " + std::to_string(code);
  }
  return words;
}

void must(bool worked, const char* what) {
  if (!worked) throw Error(Errc::internal, std::string(what) + ": " + take_errors());
}

std::string name_of_key(const EVP_PKEY* key) {
  const char* name = key ? EVP_PKEY_get0_type_name(key) : nullptr;
  return name ? name : "unknown";
}

std::string to_string(const X509_NAME* name) {
  const Bio bio(BIO_new(BIO_s_mem()));
  must(bio != nullptr, "a buffer");
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_ONELINE & ~XN_FLAG_SPC_EQ);
  return content_of(bio.get());
}

std::string subject_of(const X509* certificate) { return to_string(X509_get_subject_name(certificate)); }

std::chrono::sys_seconds time_of(const ASN1_TIME* time) {
  std::tm parts{};
  must(ASN1_TIME_to_tm(time, &parts) == 1, "a certificate's time");
  return std::chrono::sys_seconds(std::chrono::seconds(timegm(&parts)));
}

std::vector<Certificate> read_certificates(std::string_view pem) {
  const Bio bio = reading(pem);
  std::vector<Certificate> list;
  while (Certificate one{PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)}) list.push_back(std::move(one));
  const bool only_at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  take_errors();
  if (!only_at_end) list.clear();
  return list;
}

Key read_key(std::string_view pem) {
  const Bio bio = reading(pem);
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  take_errors();
  return key;
}

std::string to_pem(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  must(bio && PEM_write_bio_X509(bio.get(), certificate) == 1, "writing a certificate");
  return content_of(bio.get());
}

std::string to_pem(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  must(bio && PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1, "writing a key");
  return content_of(bio.get());
}

}  // namespace dwcp::security
