#include "sim/datagram.hpp"

#include <ns3/udp-l4-protocol.h>
#include <ns3/udp-socket.h>
#include <ns3/uinteger.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <utility>

#include "engine/base/bytes.hpp"
#include "sim/addresses.hpp"
#include "sim/cancel.hpp"

namespace dwcp::sim {
namespace {

using SocketCallback = ns3::Callback<void, ns3::Ptr<ns3::Socket>>;

}  // namespace

Datagram::Datagram(Context& context, Executor executor, ns3::Ptr<ns3::Node> node, const platform::Endpoint& at)
    : Operation(context),
      executor_(std::move(executor)),
      socket_(node->GetObject<ns3::UdpL4Protocol>()->CreateSocket()) {
  socket_->SetAttribute("RcvBufSize", ns3::UintegerValue(receive_buffer.value));
  if (socket_->Bind(to_ns3(at)) != 0)
    throw boost::system::system_error(asio::error::address_in_use, "datagrams on " + to_string(at));
  ns3::Address bound;
  socket_->GetSockName(bound);
  local_ = to_endpoint(bound);
  socket_->SetRecvCallback(SocketCallback([this](ns3::Ptr<ns3::Socket>) { try_receive(); }));
}

Datagram::~Datagram() { close(); }

void Datagram::receive(platform::ReadBuffers buffers, platform::Endpoint& from, platform::Handler handler) {
  if (context_.dead()) return handler.drop();
  if (closed_) return handler.complete(asio::error::bad_descriptor);
  if (receive_) return handler.complete(asio::error::already_started);
  buffers_ = buffers;
  from_ = &from;
  receive_ = std::move(handler);
  on_cancel(receive_, [this] { std::exchange(receive_, {}).complete(asio::error::operation_aborted); });
  try_receive();
}

void Datagram::try_receive() {
  if (!receive_) return;
  ns3::Address sender;
  const auto packet = socket_->RecvFrom(sender);
  if (!packet) return;
  *from_ = to_endpoint(sender);
  std::size_t count = 0;
  for (const auto& buffer : buffers_) {
    const auto n = static_cast<std::uint32_t>(std::min<std::size_t>(buffer.size(), packet->GetSize()));
    packet->CopyData(static_cast<std::uint8_t*>(buffer.data()), n);
    packet->RemoveAtStart(n);
    count += n;
  }
  std::exchange(receive_, {}).complete({}, count);
}

void Datagram::send(platform::WriteBuffers buffers, const platform::Endpoint& to, platform::Handler handler) {
  if (context_.dead()) return handler.drop();
  if (closed_) return handler.complete(asio::error::bad_descriptor);
  ByteVector message;
  for (const auto& buffer : buffers) {
    const auto* bytes = static_cast<const std::byte*>(buffer.data());
    message.insert(message.end(), bytes, bytes + buffer.size());
  }
  if (message.size() > message_size_max) return handler.complete(asio::error::message_size);
  const auto packet = ns3::Create<ns3::Packet>(reinterpret_cast<const std::uint8_t*>(message.data()),
                                               static_cast<std::uint32_t>(message.size()));
  const bool routed = socket_->SendTo(packet, 0, to_ns3(to)) >= 0;
  handler.complete(routed ? ErrorCode() : ErrorCode(asio::error::network_unreachable), routed ? message.size() : 0);
}

void Datagram::let_go() {
  closed_ = true;
  socket_->SetRecvCallback(SocketCallback());
  socket_->Close();
}

void Datagram::close() {
  if (closed_) return;
  let_go();
  if (receive_) std::exchange(receive_, {}).complete(asio::error::operation_aborted);
}

void Datagram::abandon() {
  if (!closed_) let_go();
  std::exchange(receive_, {}).drop();
}

}  // namespace dwcp::sim
