// libvirt's RPC, as far as a relay between a client and a daemon must understand it (libvirt's documentation, "RPC
// protocol"; the numbers are part of libvirt's stable wire protocol, remote_protocol.x and virkeepaliveprotocol.x).
// Big-endian. Pure.
#pragma once

#include <optional>

#include "engine/base/bytes.hpp"
#include "engine/base/error.hpp"

namespace dwcp::libvirt {

constexpr std::size_t rpc_frame_max = 32 * 1024 * 1024 + 4;  // bytes, libvirt's own bound

enum class RpcType : std::uint32_t { call = 0, reply = 1, message = 2 };

struct RpcHeader {
  std::uint32_t program = 0, version = 0, procedure = 0, type = 0, serial = 0, status = 0;
};

// Cuts a byte stream into frames.
class RpcSplitter {
 public:
  void feed(ByteSpan bytes) { pending_.insert(pending_.end(), bytes.begin(), bytes.end()); }
  // The next whole frame with its length word; nothing when more bytes are needed. Errors: protocol_error.
  Result<std::optional<ByteVector>> next();

 private:
  ByteVector pending_;
};

// Precondition: a frame of RpcSplitter.
RpcHeader header_of(ByteSpan frame);

// What a relay does with a frame that the client sends.
enum class RpcVerdict {
  pass,
  // Finish3: lets the guest run at the destination. Held back until the hand-over is decided.
  finish,
  // Finish3 of a migration that failed at the source: discards the guest at the destination.
  finish_cancelled,
  refuse,  // not a part of any migration
};
RpcVerdict judge_client_frame(ByteSpan frame);

bool is_keepalive_ping(ByteSpan frame);
ByteVector keepalive_pong();
// Whether it answers the call with that serial; `failed` is set to what it says.
bool is_reply_to(ByteSpan frame, std::uint32_t serial, bool& failed);

}  // namespace dwcp::libvirt
