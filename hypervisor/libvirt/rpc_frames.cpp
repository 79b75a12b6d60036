#include "hypervisor/libvirt/rpc_frames.hpp"

#include <algorithm>
#include <array>

namespace dwcp::libvirt {
namespace {

constexpr std::size_t length_size = 4, header_size = length_size + 6 * 4;
constexpr std::uint32_t remote_program = 0x20008086, keepalive_program = 0x6b656570;
constexpr std::uint32_t keepalive_ping = 1, keepalive_pong_procedure = 2;
constexpr std::uint32_t status_error = 1;

// The procedures that a client of virDomainMigrate3 was seen to call at the destination's daemon (`libvirt.call` in the
// agent's detailed log shows them). Everything else a peer may not do here: the daemon's full interface is root's.
constexpr std::uint32_t connect_open = 1, connect_close = 2, connect_supports_feature = 60, auth_list = 66,
                        migrate_prepare3_params = 303, migrate_finish3_params = 306;
constexpr std::array passed{connect_open, connect_close, connect_supports_feature, auth_list, migrate_prepare3_params};

}  // namespace

Result<std::optional<ByteVector>> RpcSplitter::next() {
  if (pending_.size() < length_size) return std::optional<ByteVector>();
  const auto length = load_be<std::uint32_t>(pending_.data());
  if (length < header_size || length > rpc_frame_max)
    return Failure(Errc::protocol_error, "a libvirt message of " + std::to_string(length) + " bytes; " +
                                             std::to_string(header_size) + " to " + std::to_string(rpc_frame_max) +
                                             " would be right");
  if (pending_.size() < length) return std::optional<ByteVector>();
  ByteVector frame(pending_.begin(), pending_.begin() + length);
  pending_.erase(pending_.begin(), pending_.begin() + length);
  return std::optional(std::move(frame));
}

RpcHeader header_of(ByteSpan frame) {
  const auto word = [&](std::size_t index) { return load_be<std::uint32_t>(frame.data() + length_size + index * 4); };
  return {word(0), word(1), word(2), word(3), word(4), word(5)};
}

RpcVerdict judge_client_frame(ByteSpan frame) {
  const RpcHeader header = header_of(frame);
  if (header.program == keepalive_program) return RpcVerdict::pass;
  if (header.program != remote_program || header.type != static_cast<std::uint32_t>(RpcType::call))
    return RpcVerdict::refuse;
  if (header.procedure == migrate_finish3_params) {
    // Its last argument says whether the source's part failed (remote_domain_migrate_finish3_params_args.cancelled).
    if (frame.size() < header_size + 4) return RpcVerdict::refuse;
    return load_be<std::uint32_t>(frame.data() + frame.size() - 4) == 0 ? RpcVerdict::finish
                                                                        : RpcVerdict::finish_cancelled;
  }
  return std::find(passed.begin(), passed.end(), header.procedure) != passed.end() ? RpcVerdict::pass
                                                                                   : RpcVerdict::refuse;
}

bool is_keepalive_ping(ByteSpan frame) {
  const RpcHeader header = header_of(frame);
  return header.program == keepalive_program && header.procedure == keepalive_ping;
}

ByteVector keepalive_pong() {
  ByteVector frame(header_size);
  std::size_t at = 0;
  for (const std::uint32_t word : {static_cast<std::uint32_t>(header_size), keepalive_program, 1u,
                                   keepalive_pong_procedure, static_cast<std::uint32_t>(RpcType::message), 0u, 0u}) {
    store_be(frame.data() + at, word);
    at += 4;
  }
  return frame;
}

bool is_reply_to(ByteSpan frame, std::uint32_t serial, bool& failed) {
  const RpcHeader header = header_of(frame);
  if (header.program != remote_program || header.type != static_cast<std::uint32_t>(RpcType::reply) ||
      header.serial != serial)
    return false;
  failed = header.status == status_error;
  return true;
}

}  // namespace dwcp::libvirt
