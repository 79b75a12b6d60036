#include <openssl/evp.h>
#include <sys/resource.h>

#include <array>
#include <memory>
#include <stdexcept>

#include "bench/amst/loopback/measure.hpp"

namespace dwcp::bench {
namespace {

constexpr int record = 16 * 1024;
constexpr double measured_for = 0.5;  // seconds

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec) + static_cast<double>(usage.ru_utime.tv_usec) / 1e6;
}

}  // namespace

double measure_cipher() {
  const std::array<unsigned char, 16> key{};
  const std::array<unsigned char, 12> nonce{};
  std::array<unsigned char, record> plain{};
  std::array<unsigned char, record + 16> sealed{};
  const Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  if (EVP_EncryptInit_ex(cipher.get(), EVP_aes_128_gcm(), nullptr, key.data(), nonce.data()) != 1)
    throw std::runtime_error("no AES-128-GCM");
  const double begin = processor_seconds();
  double bytes = 0;
  while (processor_seconds() - begin < measured_for) {
    for (int i = 0; i < 64; ++i) {
      int count = 0;
      EVP_EncryptInit_ex(cipher.get(), nullptr, nullptr, nullptr, nonce.data());
      EVP_EncryptUpdate(cipher.get(), sealed.data(), &count, plain.data(), record);
      EVP_EncryptFinal_ex(cipher.get(), sealed.data() + count, &count);
      bytes += record;
    }
  }
  return bytes / (processor_seconds() - begin);
}

}  // namespace dwcp::bench
