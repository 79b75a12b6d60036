#include "sim/tcp_access.hpp"

#include <ns3/simulator.h>
#include <ns3/tcp-socket-base.h>

namespace dwcp::sim {
namespace {

// A protected member may be named through a derived class, and the pointer to it then used on any object of the base.
struct Access : ns3::TcpSocketBase {
  static void send_reset(ns3::TcpSocketBase& s) { (s.*(&Access::SendRST))(); }
  static TcpStates_t state(ns3::TcpSocketBase& s) { return (s.*(&Access::m_state)).Get(); }
  static bool has_end_point(ns3::TcpSocketBase& s) { return s.*(&Access::m_endPoint) != nullptr; }
};

ns3::TcpSocketBase& tcp(ns3::Socket& socket) { return static_cast<ns3::TcpSocketBase&>(socket); }

using SocketCallback = ns3::Callback<void, ns3::Ptr<ns3::Socket>>;
using SendCallback = ns3::Callback<void, ns3::Ptr<ns3::Socket>, uint32_t>;

}  // namespace

bool is_closed(ns3::Socket& socket) { return Access::state(tcp(socket)) == ns3::TcpSocket::CLOSED; }

bool peer_has_finished(ns3::Socket& socket) {
  switch (Access::state(tcp(socket))) {
    case ns3::TcpSocket::CLOSE_WAIT:
    case ns3::TcpSocket::LAST_ACK:
    case ns3::TcpSocket::CLOSING:
    case ns3::TcpSocket::TIME_WAIT:
      return true;
    default:
      return false;
  }
}

void reset_connection(ns3::Socket& socket) {
  if (Access::has_end_point(tcp(socket))) Access::send_reset(tcp(socket));
}

void reset_connection_soon(const ns3::Ptr<ns3::Socket>& socket) {
  remove_callbacks(*socket);
  ns3::Simulator::ScheduleNow([socket] { reset_connection(*socket); });
}

void close_connection(const ns3::Ptr<ns3::Socket>& socket) {
  socket->SetRecvCallback(SocketCallback([](ns3::Ptr<ns3::Socket> s) { reset_connection_soon(s); }));
  socket->Close();
}

void remove_callbacks(ns3::Socket& socket) {
  socket.SetRecvCallback(SocketCallback());
  socket.SetSendCallback(SendCallback());
  socket.SetCloseCallbacks(SocketCallback(), SocketCallback());
  socket.SetConnectCallback(SocketCallback(), SocketCallback());
}

}  // namespace dwcp::sim
