// OpenSSL's objects with owners, and its errors in words. Internal to this folder.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.hpp"

namespace dwcp::security {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using SslContext = std::unique_ptr<SSL_CTX, Freer<SSL_CTX_free>>;
using Ssl = std::unique_ptr<SSL, Freer<SSL_free>>;
using Bio = std::unique_ptr<BIO, Freer<BIO_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;

// What OpenSSL's error queue of this thread holds, newest first; empties it.
std::string take_errors();
// Throws Error(internal) with take_errors(): for what only fails when memory is gone or we are wrong.
void must(bool worked, const char* what);

std::string name_of_key(const EVP_PKEY* key);
std::string to_string(const X509_NAME* name);
std::string subject_of(const X509* certificate);
std::chrono::sys_seconds time_of(const ASN1_TIME* time);
// Every certificate of the text; empty when there is none, or one that cannot be read.
std::vector<Certificate> read_certificates(std::string_view pem);
Key read_key(std::string_view pem);  // null: none that is not encrypted
std::string to_pem(X509* certificate);
std::string to_pem(EVP_PKEY* key);

}  // namespace dwcp::security
