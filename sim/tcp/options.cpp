#include "sim/tcp/options.hpp"

#include <ns3/boolean.h>
#include <ns3/config.h>
#include <ns3/double.h>
#include <ns3/nstime.h>
#include <ns3/object-factory.h>
#include <ns3/rtt-estimator.h>
#include <ns3/tcp-l4-protocol.h>
#include <ns3/tcp-prr-recovery.h>
#include <ns3/uinteger.h>

#include <algorithm>

#include "sim/tcp/bbr.hpp"
#include "sim/tcp/clock.hpp"
#include "sim/tcp/cubic.hpp"
#include "sim/tcp/socket.hpp"

namespace dwcp::sim {
namespace {

constexpr Bytes mtu_min{576}, mtu_max{65535};
constexpr Bytes send_buffer_min = KiB(64);
constexpr std::uint64_t unsent_min_segments = 8;
constexpr std::uint64_t buffer_bdps = 4;  // the window is up to two, and holes keep what follows them in the buffer

void check(const TcpOptions& o) {
  if (o.mtu < mtu_min || o.mtu > mtu_max)
    throw Error(Errc::bad_value, "mtu " + to_string(o.mtu) + ": must be 576 B to 65535 B");
  if (o.send_buffer < send_buffer_min || o.send_buffer > tcp_buffer_max)
    throw Error(Errc::bad_value, "send buffer " + to_string(o.send_buffer) + ": must be 64 KiB to 512 MiB");
  if (o.receive_buffer > tcp_buffer_max * 2)
    throw Error(Errc::bad_value, "receive buffer " + to_string(o.receive_buffer) + ": must be at most 1 GiB");
  if (o.rto_min <= Duration::zero() || o.delayed_ack <= Duration::zero() || o.connect_timeout <= Duration::zero())
    throw Error(Errc::bad_value, "TCP timeouts must be positive");
}

// The one list of attributes, applied to a socket or to the defaults.
template <class Set>
void for_each_attribute(const TcpOptions& o, Set set) {
  const Bytes receive = o.receive_buffer.value ? o.receive_buffer : o.send_buffer * 2;
  set("ns3::TcpSocket", "SegmentSize", ns3::UintegerValue((o.mtu - tcp_header_size).value));
  set("ns3::TcpSocket", "SndBufSize", ns3::UintegerValue(o.send_buffer.value));
  set("ns3::TcpSocket", "RcvBufSize", ns3::UintegerValue(receive.value));
  set("ns3::TcpSocket", "InitialCwnd", ns3::UintegerValue(10));
  set("ns3::TcpSocket", "ConnTimeout", ns3::TimeValue(to_ns3(o.connect_timeout)));
  set("ns3::TcpSocket", "ConnCount", ns3::UintegerValue(o.connect_retries));
  set("ns3::TcpSocket", "DataRetries", ns3::UintegerValue(o.data_retries));
  set("ns3::TcpSocket", "DelAckTimeout", ns3::TimeValue(to_ns3(o.delayed_ack)));
  set("ns3::TcpSocket", "DelAckCount", ns3::UintegerValue(2));
  set("ns3::TcpSocket", "TcpNoDelay", ns3::BooleanValue(true));
  set("ns3::TcpSocket", "PersistTimeout", ns3::TimeValue(ns3::MilliSeconds(250)));
  set("ns3::TcpSocketBase", "MaxSegLifetime", ns3::DoubleValue(30));
  set("ns3::TcpSocketBase", "MinRto", ns3::TimeValue(to_ns3(o.rto_min)));
  set("ns3::TcpSocketBase", "Sack", ns3::BooleanValue(true));
  set("ns3::TcpSocketBase", "Timestamp", ns3::BooleanValue(true));
  set("ns3::TcpSocketBase", "WindowScaling", ns3::BooleanValue(true));
}

}  // namespace

TcpOptions tcp_options_for(BitRate rate, Duration rtt, Bytes mtu, platform::CongestionControl congestion) {
  TcpOptions o;
  o.congestion = congestion;
  o.mtu = mtu;
  o.send_buffer = std::clamp(bytes_in(rtt, rate) * buffer_bdps, TcpOptions{}.send_buffer, tcp_buffer_max);
  return o;
}

void check_offers(platform::CongestionControl wanted, bool bbr_offered) {
  if (wanted != platform::CongestionControl::bbr || bbr_offered) return;
  throw Error(Errc::bad_configuration, "congestion control 'bbr' cannot be used on this host; available: cubic");
}

ns3::TypeId congestion_type(platform::CongestionControl congestion) {
  return congestion == platform::CongestionControl::bbr ? TcpBbr::GetTypeId() : TcpCubic::GetTypeId();
}

namespace {

ns3::Ptr<ns3::TcpCongestionOps> make_congestion(platform::CongestionControl congestion, std::uint64_t seed) {
  ns3::ObjectFactory factory;
  factory.SetTypeId(congestion_type(congestion));
  auto algorithm = factory.Create<ns3::TcpCongestionOps>();
  if (auto bbr = ns3::DynamicCast<TcpBbr>(algorithm)) bbr->set_seed(seed);
  return algorithm;
}

}  // namespace

ns3::Ptr<ns3::Socket> make_tcp_socket(ns3::Ptr<ns3::Node> node, const TcpOptions& options) {
  check(options);
  auto tcp = node->GetObject<ns3::TcpL4Protocol>();
  auto socket = ns3::CreateObject<LinuxTcpSocket>();
  socket->SetNode(node);
  socket->SetTcp(tcp);
  socket->SetRtt(ns3::CreateObject<ns3::RttMeanDeviation>());
  socket->SetCongestionControlAlgorithm(make_congestion(options.congestion, options.seed));
  socket->SetRecoveryAlgorithm(ns3::CreateObject<ns3::TcpPrrRecovery>());  // the base class wants one; it is not asked
  tcp->AddSocket(socket);
  socket->set_unsent_max(std::max(options.unsent_max, options.mtu * unsent_min_segments));
  for_each_attribute(options, [&](const char*, const char* name, const ns3::AttributeValue& value) {
    socket->SetAttribute(name, value);
  });
  return socket;
}

void apply_tcp_defaults(const TcpOptions& options) {
  check(options);
  for_each_attribute(options, [](const std::string& type, const char* name, const ns3::AttributeValue& value) {
    ns3::Config::SetDefault(type + "::" + name, value);
  });
  ns3::Config::SetDefault("ns3::TcpL4Protocol::SocketType", ns3::TypeIdValue(congestion_type(options.congestion)));
  ns3::Config::SetDefault("ns3::TcpL4Protocol::RecoveryType", ns3::TypeIdValue(ns3::TcpPrrRecovery::GetTypeId()));
}

platform::PathSample path_sample(const ns3::Ptr<ns3::Socket>& socket) {
  auto own = ns3::DynamicCast<LinuxTcpSocket>(socket);
  return own ? own->path_sample() : platform::PathSample{};
}

Duration handshake_rtt(const ns3::Ptr<ns3::Socket>& socket) {
  auto own = ns3::DynamicCast<LinuxTcpSocket>(socket);
  return own ? own->handshake_rtt() : Duration(0);
}

void set_congestion(const ns3::Ptr<ns3::Socket>& socket, platform::CongestionControl wanted, std::uint64_t seed) {
  auto own = ns3::DynamicCast<LinuxTcpSocket>(socket);
  if (!own || own->path_sample().congestion == wanted) return;
  auto algorithm = make_congestion(wanted, seed);
  if (auto bbr = ns3::DynamicCast<TcpBbr>(algorithm)) bbr->take_over();
  own->change_congestion(algorithm);
}

}  // namespace dwcp::sim
