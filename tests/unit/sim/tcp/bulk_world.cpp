#include "tests/unit/sim/tcp/bulk_world.hpp"

#include <ns3/config.h>
#include <ns3/data-rate.h>
#include <ns3/double.h>
#include <ns3/error-model.h>
#include <ns3/inet-socket-address.h>
#include <ns3/internet-stack-helper.h>
#include <ns3/ipv4-address-helper.h>
#include <ns3/ipv4-interface-container.h>
#include <ns3/net-device-container.h>
#include <ns3/node-container.h>
#include <ns3/packet.h>
#include <ns3/point-to-point-helper.h>
#include <ns3/pointer.h>
#include <ns3/queue-size.h>
#include <ns3/rng-seed-manager.h>
#include <ns3/simulator.h>
#include <ns3/string.h>
#include <ns3/tcp-bbr.h>
#include <ns3/tcp-cubic.h>
#include <ns3/tcp-socket-factory.h>
#include <ns3/traffic-control-helper.h>

#include <memory>

#include "engine/base/random.hpp"
#include "sim/tcp/clock.hpp"
#include "sim/tcp/options.hpp"

namespace dwcp::sim {
namespace {

constexpr std::uint16_t port = 5000;
constexpr Bytes framing{2};  // of the point-to-point device
constexpr std::uint32_t write_size = 65536;

// Fills its socket whenever there is room.
class Sender {
 public:
  Sender(ns3::Ptr<ns3::Socket> socket, Bytes limit) : socket_(socket), limit_(limit) {}
  void start(ns3::Ipv4Address peer) {
    socket_->SetConnectCallback(ns3::MakeCallback(&Sender::connected, this),
                                ns3::MakeNullCallback<void, ns3::Ptr<ns3::Socket>>());
    socket_->SetSendCallback(ns3::MakeCallback(&Sender::writable, this));
    socket_->Connect(ns3::InetSocketAddress(peer, port));
  }
  ns3::Ptr<ns3::Socket> socket() const { return socket_; }

 private:
  void connected(ns3::Ptr<ns3::Socket>) {
    connected_ = true;
    fill();
  }
  void writable(ns3::Ptr<ns3::Socket>, std::uint32_t) { fill(); }
  void fill() {
    while (connected_ && !done_) {
      std::uint64_t size = std::min(socket_->GetTxAvailable(), write_size);
      if (limit_ > Bytes(0)) size = std::min(size, (limit_ - sent_).value);
      if (size == 0) return;
      if (socket_->Send(ns3::Create<ns3::Packet>(static_cast<std::uint32_t>(size))) < 0) return;
      sent_ += Bytes(size);
      if (sent_ == limit_) {
        done_ = true;
        socket_->ShutdownSend();
      }
    }
  }
  ns3::Ptr<ns3::Socket> socket_;
  Bytes limit_, sent_;
  bool connected_ = false, done_ = false;
};

class Receiver {
 public:
  explicit Receiver(const BulkSetup& setup) : setup_(setup) {}
  void listen(ns3::Ptr<ns3::Socket> socket) {
    socket->Bind(ns3::InetSocketAddress(ns3::Ipv4Address::GetAny(), port));
    socket->Listen();
    socket->SetAcceptCallback(ns3::MakeNullCallback<bool, ns3::Ptr<ns3::Socket>, const ns3::Address&>(),
                              ns3::MakeCallback(&Receiver::accepted, this));
  }
  Bytes total() const {
    Bytes sum;
    for (const Bytes& b : delivered_) sum += b;
    return sum;
  }
  const std::vector<Bytes>& delivered() const { return delivered_; }
  bool finished() const { return finished_ == setup_.flows; }

 private:
  void accepted(ns3::Ptr<ns3::Socket> socket, const ns3::Address&) {
    delivered_.push_back(Bytes(0));
    sockets_.push_back(socket);
    socket->SetRecvCallback(ns3::MakeCallback(&Receiver::readable, this));
  }
  void readable(ns3::Ptr<ns3::Socket> socket) {
    std::size_t flow = 0;
    while (sockets_[flow] != socket) ++flow;
    while (auto packet = socket->Recv()) {
      if (packet->GetSize() == 0) break;
      const bool before = complete(flow);
      delivered_[flow] += Bytes(packet->GetSize());
      if (!before && complete(flow) && ++finished_ == setup_.flows) ns3::Simulator::Stop();
    }
  }
  bool complete(std::size_t flow) const { return setup_.flow_size > Bytes(0) && delivered_[flow] >= setup_.flow_size; }
  const BulkSetup& setup_;
  std::vector<ns3::Ptr<ns3::Socket>> sockets_;
  std::vector<Bytes> delivered_;
  unsigned finished_ = 0;
};

ns3::NetDeviceContainer make_link(const BulkSetup& setup, const ns3::NodeContainer& hosts) {
  ns3::PointToPointHelper link;
  link.SetDeviceAttribute("DataRate", ns3::DataRateValue(ns3::DataRate(setup.rate.value)));
  link.SetDeviceAttribute("Mtu", ns3::UintegerValue(setup.mtu.value));
  link.SetChannelAttribute("Delay", ns3::TimeValue(to_ns3(setup.rtt / 2)));
  const Bytes queue = std::max(bytes_in(setup.queue, setup.rate), setup.mtu * 2);
  link.SetQueue(
      "ns3::DropTailQueue<Packet>", "MaxSize",
      ns3::QueueSizeValue(ns3::QueueSize(ns3::QueueSizeUnit::BYTES, static_cast<std::uint32_t>(queue.value))));
  auto devices = link.Install(hosts);
  for (std::uint32_t i = 0; i < devices.GetN(); ++i) {
    auto errors = ns3::CreateObject<ns3::RateErrorModel>();
    errors->SetUnit(ns3::RateErrorModel::ERROR_UNIT_PACKET);
    errors->SetRate(setup.loss);
    if (setup.loss > 0) devices.Get(i)->SetAttribute("ReceiveErrorModel", ns3::PointerValue(errors));
  }
  return devices;
}

// Our values of its attributes (buffers, segments, timeouts), with its own controllers.
void use_plain_ns3(const TcpOptions& options) {
  apply_tcp_defaults(options);
  const bool bbr = options.congestion == platform::CongestionControl::bbr;
  const ns3::TypeId type = bbr ? ns3::TcpBbr::GetTypeId() : ns3::TcpCubic::GetTypeId();
  ns3::Config::SetDefault("ns3::TcpL4Protocol::SocketType", ns3::TypeIdValue(type));
}

ns3::Ptr<ns3::Socket> make_socket(const BulkSetup& setup, const TcpOptions& options, ns3::Ptr<ns3::Node> host) {
  if (!setup.plain_ns3) return make_tcp_socket(host, options);
  return ns3::Socket::CreateSocket(host, ns3::TcpSocketFactory::GetTypeId());
}

}  // namespace

BitRate payload_capacity(const BulkSetup& setup) {
  const double share =
      static_cast<double>((setup.mtu - tcp_header_size).value) / static_cast<double>((setup.mtu + framing).value);
  return BitRate(static_cast<std::uint64_t>(static_cast<double>(setup.rate.value) * share));
}

BulkResult run_bulk(const BulkSetup& setup) {
  ns3::RngSeedManager::SetSeed(static_cast<std::uint32_t>(setup.seed % 4294944440u + 1));
  TcpOptions options = tcp_options_for(setup.rate, setup.rtt + setup.queue, setup.mtu, setup.congestion);
  if (setup.plain_ns3) use_plain_ns3(options);

  BulkResult result;
  {
    ns3::NodeContainer hosts(2);
    ns3::InternetStackHelper().Install(hosts);
    auto devices = make_link(setup, hosts);
    ns3::Ipv4AddressHelper addresses("10.0.0.0", "255.255.255.0");
    const auto interfaces = addresses.Assign(devices);
    ns3::TrafficControlHelper().Uninstall(devices);  // the link's own queue is the one that counts

    Receiver receiver(setup);
    receiver.listen(make_socket(setup, options, hosts.Get(1)));
    std::vector<std::unique_ptr<Sender>> senders;
    for (unsigned i = 0; i < setup.flows; ++i) {
      options.seed = Random(setup.seed, "flow " + std::to_string(i))();
      senders.push_back(std::make_unique<Sender>(make_socket(setup, options, hosts.Get(0)), setup.flow_size));
      senders.back()->start(interfaces.GetAddress(1));
    }
    Bytes at_quarter;
    ns3::Simulator::Schedule(to_ns3(setup.duration / 4), [&] { at_quarter = receiver.total(); });
    ns3::Simulator::Stop(to_ns3(setup.duration));
    ns3::Simulator::Run();

    result.virtual_time = to_duration(ns3::Simulator::Now());
    result.events = ns3::Simulator::GetEventCount();
    result.delivered = receiver.delivered();
    result.finished = receiver.finished();
    result.goodput = rate_of(receiver.total(), result.virtual_time);
    result.goodput_after_ramp = rate_of(receiver.total() - at_quarter, result.virtual_time - setup.duration / 4);
    for (const auto& s : senders) result.retransmitted += path_sample(s->socket()).segments_retransmitted;
    ns3::Simulator::Destroy();
  }
  return result;
}

}  // namespace dwcp::sim
