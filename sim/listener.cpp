#include "sim/listener.hpp"

#include <boost/asio/error.hpp>
#include <utility>

#include "sim/addresses.hpp"
#include "sim/cancel.hpp"
#include "sim/tcp_access.hpp"

namespace dwcp::sim {
namespace {

using AcceptQuery = ns3::Callback<bool, ns3::Ptr<ns3::Socket>, const ns3::Address&>;
using Accepted = ns3::Callback<void, ns3::Ptr<ns3::Socket>, const ns3::Address&>;

}  // namespace

Listener::Listener(Context& context, ns3::Ptr<ns3::Node> node, const platform::Endpoint& at, const TcpOptions& options,
                   Executor executor)
    : Operation(context), socket_(make_tcp_socket(node, options)), options_(options), executor_(std::move(executor)) {
  // On all addresses, and filtered in accepted(): ns-3 would refuse a specific address while closed connections to it
  // wait for their last timeout, as a kernel does without SO_REUSEADDR.
  if (socket_->Bind(ns3::InetSocketAddress(ns3::Ipv4Address::GetAny(), to_ns3(at).GetPort())) != 0 ||
      socket_->Listen() != 0)
    throw boost::system::system_error(asio::error::address_in_use, "listen on " + to_string(at));
  ns3::Address bound;
  socket_->GetSockName(bound);
  local_ = {at.address, to_endpoint(bound).port};
  if (local_.address.is_unspecified()) local_.address = boost::asio::ip::address_v4::any();
  socket_->SetAcceptCallback(AcceptQuery(), Accepted([this, alive = std::weak_ptr<Inbox>(inbox_)](
                                                         ns3::Ptr<ns3::Socket> socket, const ns3::Address&) {
                               // A connection that is half open when the listener goes keeps a copy of this callback.
                               const auto inbox = alive.lock();
                               if (inbox && !inbox->closed) return accepted(socket);
                               reset_connection_soon(socket);
                             }));
}

Listener::~Listener() { close(); }

void Listener::accepted(ns3::Ptr<ns3::Socket> socket) {
  ns3::Address local;
  socket->GetSockName(local);
  const bool for_us = local_.address.is_unspecified() || local_.address == to_endpoint(local).address;
  if (!for_us || inbox_->ready.size() == backlog_max) return reset_connection_soon(socket);
  inbox_->ready.push_back(std::make_shared<Stream>(context_, executor_, socket, options_));
  if (inbox_->waiting) std::exchange(inbox_->waiting, {}).complete({});
}

Task<platform::Stream> Listener::accept(Executor lane) { return next(inbox_, executor_, std::move(lane)); }

Task<platform::Stream> Listener::next(std::shared_ptr<Inbox> inbox, Executor executor, Executor lane) {
  if (inbox->waiting) throw Error(Errc::internal, "a second accept() while one waits");
  while (inbox->ready.empty()) {
    if (inbox->closed) throw boost::system::system_error(asio::error::operation_aborted, "accept on a closed listener");
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void(ErrorCode, std::size_t)>(
        [&inbox, &executor](auto handler) {
          inbox->waiting = platform::Handler(std::move(handler), executor);
          on_cancel(inbox->waiting, [inbox = inbox.get()] {
            std::exchange(inbox->waiting, {}).complete(asio::error::operation_aborted);
          });
        },
        asio::use_awaitable);
  }
  auto stream = std::move(inbox->ready.front());
  inbox->ready.pop_front();
  stream->set_executor(std::move(lane));
  co_return platform::Stream(std::move(stream));
}

void Listener::close() {
  if (std::exchange(inbox_->closed, true)) return;
  socket_->SetAcceptCallback(AcceptQuery(), Accepted());
  socket_->Close();
  inbox_->ready.clear();
  if (inbox_->waiting) std::exchange(inbox_->waiting, {}).complete(asio::error::operation_aborted);
}

void Listener::abandon() {
  const auto inbox = inbox_;
  if (std::exchange(inbox->closed, true)) return;
  socket_->SetAcceptCallback(AcceptQuery(), Accepted());
  socket_->Close();
  std::exchange(inbox->waiting, {}).drop();
}

}  // namespace dwcp::sim
