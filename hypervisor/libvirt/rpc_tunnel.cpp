#include "hypervisor/libvirt/rpc_tunnel.hpp"

#include <boost/asio/basic_stream_socket.hpp>

namespace dwcp::libvirt {
namespace {

constexpr std::size_t buffer_size = 64 * 1024;

Result<std::optional<ByteVector>> must(Result<std::optional<ByteVector>> next) {
  if (!next) throw Error(next.error());
  return next;
}

}  // namespace

RpcTunnel::RpcTunnel(platform::Platform& platform, std::shared_ptr<migration::Pipe> pipe,
                     std::shared_ptr<Socket> daemon)
    : platform_(platform),
      pipe_(std::move(pipe)),
      daemon_(std::move(daemon)),
      writing_(platform, platform.control()),
      changed_(platform, platform.control()) {}

Task<void> RpcTunnel::run() {
  const auto self = shared_from_this();
  try {
    std::function<Task<void>(platform::Scope&)> body = [this](platform::Scope& scope) -> Task<void> {
      scope.spawn(carry_calls());
      co_await carry_replies();
      scope.cancel();
    };
    co_await platform::in_scope(platform_, std::move(body));
    why_ended_ = "the destination's libvirt daemon closed the connection";
  } catch (const boost::system::system_error& error) {
    why_ended_ = error.what();
  }
  ended_ = true;
  close();
}

// A client that is gone leaves what it last asked for: the hand-over may be decided without it.
Task<void> RpcTunnel::carry_calls() {
  RpcSplitter splitter;
  ByteVector buffer(buffer_size);
  try {
    for (;;) {
      const std::size_t count = co_await pipe_->read_some(buffer);
      if (count == 0) break;
      splitter.feed(ByteSpan(buffer).first(count));
      while (auto frame = *must(splitter.next())) {
        const RpcVerdict verdict = judge_client_frame(*frame);
        platform_.record("libvirt.call", {{"procedure", header_of(*frame).procedure}, {"bytes", Bytes(frame->size())}});
        if (verdict == RpcVerdict::refuse)
          throw Error(Errc::protocol_error, "the source calls libvirt procedure " +
                                                std::to_string(header_of(*frame).procedure) +
                                                ", which is not a part of any migration");
        if (verdict == RpcVerdict::finish) {
          finish_ = std::move(frame);
          changed_.notify_all();
          continue;
        }
        if (verdict == RpcVerdict::finish_cancelled) given_up_ = true;
        co_await to_daemon(std::move(*frame));
        changed_.notify_all();
      }
    }
  } catch (const Error& error) {
    if (error.code() == Errc::protocol_error) throw;
    why_ended_ = error.what();
  }
  pipe_broken_ = true;
  if (!may_still_run()) close();
}

Task<void> RpcTunnel::carry_replies() {
  RpcSplitter splitter;
  ByteVector buffer(buffer_size);
  for (;;) {
    const std::size_t count = co_await read_some(*daemon_, buffer);
    if (count == 0) co_return;
    splitter.feed(ByteSpan(buffer).first(count));
    while (auto frame = *must(splitter.next())) {
      bool failed = false;
      if (is_keepalive_ping(*frame)) {
        co_await to_daemon(keepalive_pong());
      } else if (finish_serial_ && is_reply_to(*frame, *finish_serial_, failed)) {
        // A refusal is told to the source by the engine, once it is durable: its libvirt would let the guest run there.
        if (!failed) co_await to_client(std::move(*frame));
        finish_failed_ = failed;
        changed_.notify_all();
      } else {
        co_await to_client(std::move(*frame));
      }
    }
  }
}

Task<void> RpcTunnel::to_daemon(ByteVector frame) {
  const auto guard = co_await writing_.lock();
  co_await write_all(*daemon_, frame);
}

Task<void> RpcTunnel::to_client(ByteVector frame) {
  if (pipe_broken_) co_return;
  try {
    co_await pipe_->write(frame);
  } catch (const Error&) {
    pipe_broken_ = true;  // the session ended
  }
}

Task<void> RpcTunnel::finish_held() {
  while (!finish_) {
    if (given_up_) throw Error(Errc::hypervisor_failed, "the source's libvirt gave the migration up");
    if (ended_ || pipe_broken_) throw Error(Errc::hypervisor_failed, why_ended_);
    co_await changed_.wait();
  }
}

Task<bool> RpcTunnel::let_run() {
  if (ended_) throw Error(Errc::hypervisor_failed, why_ended_);
  if (finish_) {
    finish_serial_ = header_of(*finish_).serial;
    ByteVector frame = std::move(*finish_);
    finish_.reset();
    co_await to_daemon(std::move(frame));
  }
  while (!finish_failed_) {
    if (ended_) throw Error(Errc::hypervisor_failed, why_ended_);
    co_await changed_.wait();
  }
  if (pipe_broken_) close();
  co_return !*finish_failed_;
}

void RpcTunnel::close() {
  ErrorCode ignored;
  daemon_->close(ignored);
  changed_.notify_all();
}

}  // namespace dwcp::libvirt
