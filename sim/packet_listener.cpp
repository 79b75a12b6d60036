#include "sim/packet_listener.hpp"

#include <boost/asio/error.hpp>
#include <utility>

#include "sim/addresses.hpp"
#include "sim/tcp_access.hpp"

namespace dwcp::sim {
namespace {

using AcceptQuery = ns3::Callback<bool, ns3::Ptr<ns3::Socket>, const ns3::Address&>;
using Accepted = ns3::Callback<void, ns3::Ptr<ns3::Socket>, const ns3::Address&>;

}  // namespace

PacketListener::PacketListener(Context& context, ns3::Ptr<ns3::Node> node, const platform::Endpoint& at,
                               const TcpOptions& options, Executor executor)
    : Listener(context, std::move(executor)), socket_(make_tcp_socket(node, options)), options_(options) {
  // On all addresses, and filtered in accepted(): ns-3 would refuse a specific address while closed connections to it
  // wait for their last timeout, as a kernel does without SO_REUSEADDR.
  if (socket_->Bind(ns3::InetSocketAddress(ns3::Ipv4Address::GetAny(), to_ns3(at).GetPort())) != 0 ||
      socket_->Listen() != 0)
    throw boost::system::system_error(asio::error::address_in_use, "listen on " + to_string(at));
  ns3::Address bound;
  socket_->GetSockName(bound);
  local_ = {at.address, to_endpoint(bound).port};
  if (local_.address.is_unspecified()) local_.address = boost::asio::ip::address_v4::any();
  socket_->SetAcceptCallback(AcceptQuery(), Accepted([this, alive = std::weak_ptr<Inbox>(inbox())](
                                                         ns3::Ptr<ns3::Socket> socket, const ns3::Address&) {
                               // A connection that is half open when the listener goes keeps a copy of this callback.
                               const auto still = alive.lock();
                               if (still && !still->closed) return accepted(socket);
                               reset_connection_soon(socket);
                             }));
}

PacketListener::~PacketListener() { close(); }

void PacketListener::accepted(ns3::Ptr<ns3::Socket> socket) {
  ns3::Address local;
  socket->GetSockName(local);
  const bool for_us = local_.address.is_unspecified() || local_.address == to_endpoint(local).address;
  if (!for_us || is_full()) return reset_connection_soon(socket);
  add(std::make_shared<PacketStream>(context_, executor_, socket, options_));
}

void PacketListener::stop() {
  socket_->SetAcceptCallback(AcceptQuery(), Accepted());
  socket_->Close();
}

}  // namespace dwcp::sim
