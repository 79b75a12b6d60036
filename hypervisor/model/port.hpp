// The Hypervisor port on a modelled host.
#pragma once

#include "engine/platform/event.hpp"
#include "hypervisor/model/host_state.hpp"

namespace dwcp::model {

class GuestHost::Port final : public migration::Hypervisor {
 public:
  Port(std::shared_ptr<State> state, platform::Platform& platform) : state_(std::move(state)), platform_(platform) {}

  Task<std::vector<VmId>> list() override;
  Task<migration::GuestInfo> find(VmId vm) override;
  // Modelled guests have no disks, and no post-copy.
  Task<migration::GuestOffer> describe(VmId vm, migration::MoveOptions options) override;
  Task<std::unique_ptr<migration::OutgoingGuest>> start_outgoing(VmId vm, migration::MoveOptions options,
                                                                 migration::Pipes& pipes) override;
  Task<std::unique_ptr<migration::IncomingGuest>> start_incoming(VmId vm, migration::GuestOffer offer,
                                                                 migration::Pipes& pipes) override;
  Task<void> resume(VmId vm) override;
  Task<void> discard(VmId vm) override;
  Duration switchover_typical() const override { return state_->options.load_time; }

 private:
  std::shared_ptr<State> state_;
  platform::Platform& platform_;
};

class GuestHost::Outgoing final : public migration::OutgoingGuest {
 public:
  Outgoing(std::shared_ptr<State> state, platform::Platform& platform, VmId vm, std::shared_ptr<OutgoingStream> stream)
      : state_(std::move(state)),
        vm_(std::move(vm)),
        stream_(std::move(stream)),
        platform_(platform),
        changed_(platform, platform.control()) {}
  ~Outgoing() override { state_->cancel_outgoing(vm_, stream_); }

  Task<std::size_t> read_some(MutableByteSpan into) override;
  migration::OutgoingStatus status() const override { return stream_->status(); }
  Task<void> allow_switchover(Bytes limit) override;
  Task<void> throttle(unsigned percent) override;
  Task<void> switch_to_post_copy() override;
  Task<void> emptied() override;

 private:
  // Throws when the stream is not under way any more.
  Guest& guest();

  std::shared_ptr<State> state_;
  VmId vm_;
  std::shared_ptr<OutgoingStream> stream_;
  platform::Platform& platform_;
  platform::Event changed_;
};

class GuestHost::Incoming final : public migration::IncomingGuest {
 public:
  Incoming(std::shared_ptr<State> state, platform::Platform& platform, VmId vm, std::shared_ptr<IncomingStream> stream)
      : state_(std::move(state)), platform_(platform), vm_(std::move(vm)), stream_(std::move(stream)) {}
  ~Incoming() override {
    if (under_way()) state_->incoming.erase(vm_);
  }

  Task<void> write(ByteSpan stream) override;
  Task<void> finish() override;

 private:
  bool under_way() const;
  void check_under_way() const;

  std::shared_ptr<State> state_;
  platform::Platform& platform_;
  VmId vm_;
  std::shared_ptr<IncomingStream> stream_;
};

}  // namespace dwcp::model
