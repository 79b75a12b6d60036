// Secrecy and integrity of messages on a channel that keeps order and loses none (RDMA), one direction each.
//
// AES-128-GCM (NIST SP 800-38D) with nonces that are counted, not sent, as TLS 1.3 does (RFC 8446, section 5.3): a
// message that was changed, left out, repeated or put elsewhere is not opened. Both ends move on to the next key after
// the same number of bytes.
#pragma once

#include <array>
#include <boost/asio/buffer.hpp>
#include <memory>
#include <span>

#include "engine/base/bytes.hpp"
#include "engine/base/units.hpp"

namespace dwcp::security {

using Secret = std::array<std::byte, 32>;

struct MessageCipher {
  static constexpr std::size_t tag_size = 16;
  // Well below what AES-GCM may protect with one key (RFC 8446, section 5.5: 2^24.5 records of 2^14 bytes).
  static constexpr Bytes rekey_after = GiB(64);
};

class MessageSealer {
 public:
  explicit MessageSealer(const Secret& secret, Bytes rekey_after = MessageCipher::rekey_after);
  ~MessageSealer();
  MessageSealer(MessageSealer&&) noexcept;

  // Writes the pieces, encrypted, and the tag to `out`, which has room for both; returns how much. `associated` is not
  // sent, and must be the same at the other end.
  std::size_t seal(std::span<const boost::asio::const_buffer> pieces, std::uint32_t associated, MutableByteSpan out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class MessageOpener {
 public:
  explicit MessageOpener(const Secret& secret, Bytes rekey_after = MessageCipher::rekey_after);
  ~MessageOpener();
  MessageOpener(MessageOpener&&) noexcept;

  // Precondition: `sealed` is at least a tag long, and nobody else can change it meanwhile. Writes what it says to
  // `out`, which may begin where `sealed` does, and returns how much that is. Throws Error(checksum_mismatch) when it
  // is not the peer's next message; `out` is then worthless.
  std::size_t open(ByteSpan sealed, std::uint32_t associated, MutableByteSpan out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dwcp::security
