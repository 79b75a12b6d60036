// TLS 1.3 (RFC 8446) on one connection, without I/O: the caller carries the records.
//
// Both sides show a certificate. Key update (section 4.6.3) after every `rekey_after` sent bytes, by each sender for
// its own direction. Nothing is resumed, and there is no early data. Used on one executor.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/bytes.hpp"
#include "engine/platform/buffers.hpp"
#include "engine/security/credentials.hpp"

namespace dwcp::security {

enum class Side { dialing, accepting };

struct TlsOptions {
  // Of the key agreement, such as "X25519MLKEM768": nothing else will do. Empty: whatever both sides know.
  std::string group_required = {};
  // Well below the 2^24.5 full records that AES-GCM may protect with one key (RFC 8446, section 5.5).
  Bytes rekey_after = GiB(64);
};

// What was agreed, as names that people know.
struct TlsAgreement {
  std::string version, suite, group;
  PeerName peer;
  WallTime peer_valid_until{};
};

class TlsChannel {
 public:
  static constexpr std::size_t records_max = 256 * 1024;  // bytes of records under way, in each direction

  // `now` judges the peer's certificate.
  TlsChannel(std::shared_ptr<const Credentials> credentials, Side side, WallTime now, TlsOptions options = {});
  ~TlsChannel();
  TlsChannel(TlsChannel&&) noexcept;

  // Goes as far as it can with what was received. True: it is complete. Throws Error(untrusted) for a certificate that
  // is not trusted, ours by the peer or the peer's by us, Error(protocol_error) for what is no TLS; the peer is then
  // told in to_send().
  bool handshake();
  const TlsAgreement& agreement() const;  // after the handshake
  // Keying material of this connection alone, the same on both sides (section 7.5). `label` is ours.
  std::array<std::byte, 32> exported(const char* label) const;

  // Encrypts as much as there is room for; 0: send first, all of it. After the handshake.
  std::size_t write(const platform::WriteBuffers& from);
  // Decrypts what has come; 0: more must be received. Throws Error(protocol_error) for records that were changed on the
  // way, Error(untrusted) when the peer turns out not to trust us, system_error(eof) when it said that nothing more
  // comes.
  std::size_t read(const platform::ReadBuffers& into);

  // Records for the peer, oldest first. They stay in place until they are sent, also when more come.
  ByteSpan to_send() const;
  void sent(std::size_t count);
  // Where records from the peer go, until it is asked for again; never empty when read() or handshake() had too little.
  MutableByteSpan room();
  void received(std::size_t count);
  // How many bytes must come at least before read() or handshake() can do more than they did; at least 1. They can do
  // nothing with a part of a record.
  std::size_t missing() const;

  std::uint64_t rekeyed() const;  // how often, by us

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dwcp::security
