#include "engine/amst/proof.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "engine/base/bytes.hpp"
#include "engine/base/error.hpp"

namespace dwcp::amst {

Proof make_proof(const Token& token, const SessionId& session, std::uint8_t role, std::uint16_t index,
                 std::uint32_t connection, const std::array<std::byte, 32>& binding) {
  FieldWriter writer;
  writer.put_text("dwcp amst join").put_bytes(session).put(role).put(index).put(connection).put_bytes(binding);
  const ByteVector text = writer.take();
  Proof proof{};
  unsigned length = 0;
  if (!HMAC(EVP_sha256(), token.data(), static_cast<int>(token.size()),
            reinterpret_cast<const unsigned char*>(text.data()), text.size(),
            reinterpret_cast<unsigned char*>(proof.data()), &length) ||
      length != proof.size())
    throw Error(Errc::internal, "HMAC-SHA-256 is not available in libcrypto");
  return proof;
}

bool equal(const Proof& a, const Proof& b) { return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

std::string text_of(const SessionId& session) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : session) {
    text += digits[std::to_integer<unsigned>(byte) >> 4];
    text += digits[std::to_integer<unsigned>(byte) & 15];
  }
  return text;
}

std::uint32_t tag_of(const SessionId& session) { return load_le<std::uint32_t>(session.data()); }

}  // namespace dwcp::amst
