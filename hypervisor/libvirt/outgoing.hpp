// A guest on its way out: libvirt's migration, with its sockets in the agent's hands.
#pragma once

#include <thread>

#include "engine/platform/scope.hpp"
#include "hypervisor/libvirt/calls.hpp"
#include "hypervisor/libvirt/description.hpp"
#include "hypervisor/libvirt/paths.hpp"
#include "hypervisor/libvirt/relay.hpp"

namespace dwcp::libvirt {

// Lives in the hypervisor until the guest was let run or discarded, longer than the engine's OutgoingGuest.
class Departure : public std::enable_shared_from_this<Departure> {
 public:
  Departure(platform::Platform& platform, Calls& calls, VmId vm, migration::MoveOptions options, Paths paths);
  ~Departure();

  // Begins the migration. `scope` carries what runs beside it.
  void start(platform::Scope& scope, migration::Pipes& pipes);

  // ---- as migration::OutgoingGuest
  Task<std::size_t> read_stream(MutableByteSpan into);
  migration::OutgoingStatus status() const { return status_; }
  Task<void> allow_switchover(Bytes limit);
  Task<void> switch_to_post_copy();
  Task<void> emptied();

  // The stream was read to its end, or post-copy began: only the owner's journal may decide what becomes of the guest.
  bool at_rest() const { return at_rest_; }
  // Ends the migration; the guest is to run on here. Returns when libvirt's call has ended.
  Task<void> call_off();
  // The destination runs the guest. Returns when libvirt has ended the migration, so that the guest is gone here; false
  // when it did not come to an end by itself within `patience`.
  Task<bool> conclude(Duration patience);

 private:
  struct Result;
  Task<void> accept_rpc();
  Task<void> carry_rpc(std::shared_ptr<Socket> client);
  Task<void> accept_streams();
  Task<void> accept_disks();
  Task<void> watch();
  Task<void> look();
  Task<void> guest_stopped(TimePoint when);
  void run_migration();
  void check_ended();

  platform::Platform& platform_;
  Calls& calls_;
  VmId vm_;
  migration::MoveOptions options_;
  Paths paths_;
  platform::Scope* scope_ = nullptr;
  migration::Pipes* pipes_ = nullptr;

  SocketListener rpc_listener_, stream_listener_;
  std::optional<SocketListener> disk_listener_;
  std::shared_ptr<Socket> rpc_client_;
  std::string why_rpc_ended_;       // empty: the destination's daemon is reached
  std::shared_ptr<Socket> stream_;  // of pre-copy
  platform::Event changed_;

  migration::OutgoingStatus status_;
  TimePoint seen_running_{};
  bool downtime_set_ = false, has_stats_ = false;
  bool suspending_ = false, at_rest_ = false, called_off_ = false;

  std::shared_ptr<Result> result_;  // of libvirt's call
  std::thread migrating_;
};

// The engine's handle: dropping it before the stream's end calls the migration off.
class Outgoing final : public migration::OutgoingGuest {
 public:
  Outgoing(std::shared_ptr<Departure> departure, platform::Scope& scope)
      : departure_(std::move(departure)), scope_(scope) {}
  ~Outgoing() override;
  Task<std::size_t> read_some(MutableByteSpan into) override { return departure_->read_stream(into); }
  migration::OutgoingStatus status() const override { return departure_->status(); }
  Task<void> allow_switchover(Bytes limit) override { return departure_->allow_switchover(limit); }
  // QEMU throttles by itself (auto-converge), when the guest's migration was started with a throttle_max.
  Task<void> throttle(unsigned) override { co_return; }
  Task<void> switch_to_post_copy() override { return departure_->switch_to_post_copy(); }
  Task<void> emptied() override { return departure_->emptied(); }

 private:
  std::shared_ptr<Departure> departure_;
  platform::Scope& scope_;
};

}  // namespace dwcp::libvirt
