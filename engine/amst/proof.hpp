// A stream joins a session by proving that its side knows the session's token, which only the first welcome carried.
// Without TLS this keeps strangers and mistakes out, not somebody who reads the wire.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace dwcp::amst {

using SessionId = std::array<std::byte, 16>;
using Token = std::array<std::byte, 32>;
using Proof = std::array<std::byte, 32>;

// Of the keying material of the stream's TLS that its proof covers.
constexpr const char* proof_label = "EXPORTER-dwcp-amst-join";

// HMAC-SHA-256 (RFC 2104) over the session, the stream's role and index, the connection id, and what its TLS shares
// with no other connection (Transport::exported()), keyed with the token. The id is never used twice, so a recorded
// proof opens nothing.
Proof make_proof(const Token& token, const SessionId& session, std::uint8_t role, std::uint16_t index,
                 std::uint32_t connection, const std::array<std::byte, 32>& binding);
// In constant time.
bool equal(const Proof& a, const Proof& b);

// The first four bytes, which every frame repeats.
std::uint32_t tag_of(const SessionId& session);
// For records: 32 hexadecimal digits.
std::string text_of(const SessionId& session);

}  // namespace dwcp::amst
