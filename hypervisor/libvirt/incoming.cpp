#include "hypervisor/libvirt/incoming.hpp"

#include <boost/asio/basic_stream_socket.hpp>

#include "engine/platform/deadline.hpp"

namespace dwcp::libvirt {
namespace {

// libvirt has the incoming QEMU listen before the source's begins to send, so a socket on which nobody listens is one
// of a QEMU that has died. Told late, it costs more than the time: a QEMU whose stream nobody reads blocks its monitor,
// and with it the source's libvirt.
constexpr Duration qemu_patience = std::chrono::seconds(1);
constexpr Duration daemon_patience = std::chrono::seconds(5);

}  // namespace

Landing::Landing(platform::Platform& platform, Calls& calls, VmId vm, migration::Movement movement, Paths paths,
                 std::filesystem::path daemon)
    : platform_(platform),
      calls_(calls),
      vm_(std::move(vm)),
      movement_(movement),
      paths_(std::move(paths)),
      daemon_(std::move(daemon)),
      changed_(platform, platform.control()) {
  paths_.make();
}

Landing::~Landing() { paths_.remove(); }

void Landing::start(platform::Scope& scope, migration::Pipes& pipes) {
  scope_ = &scope;
  scope.spawn(alone(platform_, "pipes", accept_pipes(pipes)));
}

Task<void> Landing::accept_pipes(migration::Pipes& pipes) {
  const auto self = shared_from_this();
  try {
    for (;;) scope_->spawn(alone(platform_, "pipe", serve(co_await pipes.accept())));
  } catch (const Error&) {
    // the session ended, and with it its pipes; who waits on one of them gets the reason there
  }
}

Task<void> Landing::serve(std::shared_ptr<migration::Pipe> pipe) {
  const auto self = shared_from_this();
  try {
    co_await take_announcement(*pipe);
    switch (static_cast<Purpose>(pipe->purpose())) {
      case Purpose::rpc: {
        if (tunnel_) throw Error(Errc::protocol_error, "the source's libvirt connects twice");
        auto socket = co_await connect_socket(platform_, daemon_, daemon_patience);
        tunnel_ = std::make_shared<RpcTunnel>(platform_, pipe, std::move(socket));
        changed_.notify_all();
        co_await tunnel_->run();
        break;
      }
      case Purpose::return_path:
        return_path_ = pipe;
        changed_.notify_all();
        break;
      case Purpose::disk: {
        auto socket = co_await connect_socket(platform_, paths_.disks(), qemu_patience);
        co_await relay(platform_, std::move(socket), pipe);
        break;
      }
      case Purpose::stream: {
        auto socket = co_await connect_socket(platform_, paths_.stream(), qemu_patience);
        co_await relay(platform_, std::move(socket), pipe);
        break;
      }
      default:
        throw Error(Errc::protocol_error, "a pipe for the unknown purpose " + std::to_string(pipe->purpose()));
    }
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    platform_.record("libvirt.pipe_ended",
                     {{"vm", vm_.text}, {"purpose", static_cast<unsigned>(pipe->purpose())}, {"reason", error.what()}});
    if (!finished_ && failure_.empty()) failure_ = error.what();
  }
  changed_.notify_all();
}

Task<void> Landing::connect_stream() {
  stream_ = co_await connect_socket(platform_, paths_.stream(), qemu_patience);
  scope_->spawn(alone(platform_, "return path", carry_return_path()));
}

// Also tells when QEMU has read everything: it then closes the connection.
Task<void> Landing::carry_return_path() {
  const auto self = shared_from_this();
  try {
    ByteVector buffer(KiB(4).value);
    while (const std::size_t count = co_await read_some(*stream_, buffer)) {
      while (!return_path_ && !dropped_) co_await changed_.wait();
      if (return_path_) co_await return_path_->write(ByteSpan(buffer).first(count));
    }
    if (return_path_) co_await return_path_->end();
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
  }
  stream_closed_ = true;
  changed_.notify_all();
}

Task<void> Landing::write_stream(ByteSpan bytes) {
  if (!stream_) co_await connect_stream();
  try {
    co_await write_all(*stream_, bytes);
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    throw Error(Errc::hypervisor_failed,
                "QEMU stopped reading the stream of guest '" + vm_.text + "' (" + error.code().message() + ")");
  }
}

Task<void> Landing::finish() {
  if (movement_ == migration::Movement::pre_copy) {
    ErrorCode ignored;
    if (stream_) stream_->shutdown(Socket::shutdown_send, ignored);
    while (!stream_closed_) co_await changed_.wait();
  }
  while (!tunnel_) {
    if (!failure_.empty()) throw Error(Errc::hypervisor_failed, failure_);
    co_await changed_.wait();
  }
  co_await tunnel_->finish_held();
  const auto is_paused = [vm = vm_](virConnectPtr connection) {
    int state = VIR_DOMAIN_NOSTATE;
    const Domain domain = look_up(connection, vm);
    return domain && virDomainGetState(domain.get(), &state, nullptr, 0) == 0 && state == VIR_DOMAIN_PAUSED;
  };
  const bool paused = co_await calls_.run(is_paused);
  if (!paused) throw Error(Errc::hypervisor_failed, "QEMU could not load guest '" + vm_.text + "'");
  finished_ = true;
}

Task<bool> Landing::let_run() {
  if (!tunnel_) co_return false;
  const bool runs = co_await tunnel_->let_run();
  // In post-copy QEMU may still open its second connection.
  if (movement_ == migration::Movement::pre_copy) paths_.remove();
  co_return runs;
}

void Landing::drop() {
  dropped_ = true;
  ErrorCode ignored;
  if (stream_) stream_->close(ignored);
  if (tunnel_) tunnel_->close();
  paths_.remove();
  changed_.notify_all();
}

}  // namespace dwcp::libvirt
