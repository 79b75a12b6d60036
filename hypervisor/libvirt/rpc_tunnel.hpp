// The destination's daemon as the source's libvirt sees it: calls come through a pipe of the migration's session, only
// those of a migration are let through, and the one that lets the guest run waits here until the hand-over is decided.
//
// The daemon discards an incoming guest when this connection to it closes before that call: so nothing half-moved stays
// behind, whoever dies. Keepalives of the daemon are answered here, so that a lost path does not count as a dead
// client.
#pragma once

#include "engine/platform/event.hpp"
#include "engine/platform/mutex.hpp"
#include "engine/platform/scope.hpp"
#include "hypervisor/libvirt/relay.hpp"
#include "hypervisor/libvirt/rpc_frames.hpp"

namespace dwcp::libvirt {

class RpcTunnel : public std::enable_shared_from_this<RpcTunnel> {
 public:
  RpcTunnel(platform::Platform& platform, std::shared_ptr<migration::Pipe> pipe, std::shared_ptr<Socket> daemon);

  // Carries calls and replies until the daemon's connection closes.
  Task<void> run();
  // The source's part is done, and its call to let the guest run is held here. Throws Error(hypervisor_failed) when the
  // source's libvirt gave up, or the connection ended before.
  Task<void> finish_held();
  // Sends that call on and returns whether the daemon let the guest run. Once. Throws Error(hypervisor_failed) when the
  // daemon's connection ended before it answered.
  Task<bool> let_run();
  void close();

 private:
  // The daemon must not lose this connection: the call is held, or not answered yet.
  bool may_still_run() const { return finish_ || (finish_serial_ && !finish_failed_); }
  Task<void> carry_calls();
  Task<void> carry_replies();
  Task<void> to_daemon(ByteVector frame);
  Task<void> to_client(ByteVector frame);

  platform::Platform& platform_;
  std::shared_ptr<migration::Pipe> pipe_;
  std::shared_ptr<Socket> daemon_;
  platform::Mutex writing_;  // to the daemon
  platform::Event changed_;
  std::optional<ByteVector> finish_;
  std::optional<std::uint32_t> finish_serial_;  // was sent on
  std::optional<bool> finish_failed_;           // what the daemon answered
  bool given_up_ = false, pipe_broken_ = false, ended_ = false;
  std::string why_ended_;
};

}  // namespace dwcp::libvirt
