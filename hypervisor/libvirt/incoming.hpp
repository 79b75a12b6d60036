// A guest on its way in: libvirt's migration as the destination's agent serves it.
#pragma once

#include "engine/platform/scope.hpp"
#include "hypervisor/libvirt/calls.hpp"
#include "hypervisor/libvirt/hypervisor.hpp"
#include "hypervisor/libvirt/paths.hpp"
#include "hypervisor/libvirt/rpc_tunnel.hpp"

namespace dwcp::libvirt {

// Lives in the hypervisor until the guest runs here or was discarded, longer than the engine's IncomingGuest.
class Landing : public std::enable_shared_from_this<Landing> {
 public:
  Landing(platform::Platform& platform, Calls& calls, VmId vm, migration::Movement movement, Paths paths,
          std::filesystem::path daemon);
  ~Landing();

  void start(platform::Scope& scope, migration::Pipes& pipes);

  // ---- as migration::IncomingGuest
  Task<void> write_stream(ByteSpan bytes);
  // Returns when the guest is loaded and paused here, and only let_run() is missing.
  Task<void> finish();

  bool finished() const { return finished_; }
  // False: it cannot run here, and never did.
  Task<bool> let_run();
  // The daemon discards what came of the guest.
  void drop();

 private:
  Task<void> accept_pipes(migration::Pipes& pipes);
  Task<void> serve(std::shared_ptr<migration::Pipe> pipe);
  Task<void> carry_return_path();
  Task<void> connect_stream();

  platform::Platform& platform_;
  Calls& calls_;
  VmId vm_;
  migration::Movement movement_;
  Paths paths_;
  std::filesystem::path daemon_;
  platform::Scope* scope_ = nullptr;
  platform::Event changed_;
  std::shared_ptr<RpcTunnel> tunnel_;
  std::shared_ptr<migration::Pipe> return_path_;
  std::shared_ptr<Socket> stream_;
  bool stream_closed_ = false;  // by QEMU, which has read all of it, or died
  bool finished_ = false, dropped_ = false;
  std::string failure_;
};

class Incoming final : public migration::IncomingGuest {
 public:
  explicit Incoming(std::shared_ptr<Landing> landing) : landing_(std::move(landing)) {}
  ~Incoming() override {
    if (!landing_->finished()) landing_->drop();
  }
  Task<void> write(ByteSpan stream) override { return landing_->write_stream(stream); }
  Task<void> finish() override { return landing_->finish(); }

 private:
  std::shared_ptr<Landing> landing_;
};

}  // namespace dwcp::libvirt
