// Plain ns-3: what a simulation without our code would do.
#include <ns3/application-container.h>
#include <ns3/bulk-send-helper.h>
#include <ns3/config.h>
#include <ns3/data-rate.h>
#include <ns3/inet-socket-address.h>
#include <ns3/internet-stack-helper.h>
#include <ns3/ipv4-address-helper.h>
#include <ns3/ipv4-interface-container.h>
#include <ns3/net-device-container.h>
#include <ns3/node-container.h>
#include <ns3/packet-sink-helper.h>
#include <ns3/packet-sink.h>
#include <ns3/point-to-point-helper.h>
#include <ns3/simulator.h>
#include <ns3/string.h>
#include <ns3/tcp-cubic.h>
#include <ns3/traffic-control-helper.h>
#include <time.h>

#include "bench/sim/cost/cases.hpp"
#include "engine/base/error.hpp"
#include "sim/tcp/options.hpp"

namespace dwcp::bench {
namespace {

constexpr std::uint16_t port = 4700;
constexpr std::uint32_t write_size = 1 << 20;

double cpu_clock() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

}  // namespace

Cost run_plain_ns3(const Transfer& t) {
  const auto options = sim::tcp_options_for(t.rate, t.rtt, t.mtu, platform::CongestionControl::cubic);
  sim::apply_tcp_defaults(options);
  ns3::Config::SetDefault("ns3::TcpL4Protocol::SocketType", ns3::TypeIdValue(ns3::TcpCubic::GetTypeId()));
  ns3::NodeContainer nodes(2);
  ns3::PointToPointHelper link;
  link.SetDeviceAttribute("DataRate", ns3::DataRateValue(ns3::DataRate(t.rate.value)));
  link.SetDeviceAttribute("Mtu", ns3::UintegerValue(t.mtu.value));
  link.SetChannelAttribute("Delay", ns3::TimeValue(ns3::NanoSeconds(t.rtt.count() / 2)));
  const auto queue = std::max(bytes_in(t.rtt, t.rate), bytes_in(std::chrono::milliseconds(5), t.rate));
  link.SetQueue("ns3::DropTailQueue", "MaxSize", ns3::StringValue(std::to_string(queue.value) + "B"));
  const auto devices = link.Install(nodes);
  ns3::InternetStackHelper stack;
  stack.SetIpv6StackInstall(false);
  stack.Install(nodes);
  ns3::Ipv4AddressHelper addresses;
  addresses.SetBase("10.0.0.0", "255.255.255.252");
  const auto interfaces = addresses.Assign(devices);
  ns3::TrafficControlHelper().Uninstall(devices);

  ns3::PacketSinkHelper sink("ns3::TcpSocketFactory", ns3::InetSocketAddress(ns3::Ipv4Address::GetAny(), port));
  const auto server = sink.Install(nodes.Get(1));
  const auto receiver = ns3::DynamicCast<ns3::PacketSink>(server.Get(0));
  ns3::BulkSendHelper bulk("ns3::TcpSocketFactory", ns3::InetSocketAddress(interfaces.GetAddress(1), port));
  bulk.SetAttribute("MaxBytes", ns3::UintegerValue(t.size.value));
  bulk.SetAttribute("SendSize", ns3::UintegerValue(write_size));
  bulk.Install(nodes.Get(0));
  ns3::Time last;
  receiver->TraceConnectWithoutContext("Rx", ns3::Callback<void, ns3::Ptr<const ns3::Packet>, const ns3::Address&>(
                                                 [&](ns3::Ptr<const ns3::Packet>, const ns3::Address&) {
                                                   last = ns3::Simulator::Now();
                                                   if (receiver->GetTotalRx() >= t.size.value) ns3::Simulator::Stop();
                                                 }));
  ns3::Simulator::Stop(ns3::Hours(1));
  const double start = cpu_clock();
  ns3::Simulator::Run();
  const Cost cost{cpu_clock() - start, last.GetSeconds(), ns3::Simulator::GetEventCount()};
  const auto arrived = receiver->GetTotalRx();
  ns3::Simulator::Destroy();
  if (arrived != t.size.value)
    throw Error(Errc::internal, "plain ns-3 moved " + std::to_string(arrived) + " of " + std::to_string(t.size.value));
  return cost;
}

}  // namespace dwcp::bench
